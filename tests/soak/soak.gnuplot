# From build/soak/soak.csv to build/soak/soak.png: what the service used and how it answered, over time. The storm is shaded.
set datafile separator ","
set terminal pngcairo size 1000,1000 font "sans,10"
csv = "build/soak/soak.csv"
set output "build/soak/soak.png"
stats csv using 1 name "time" nooutput
stats csv using (strcol(2) eq "storm" ? $1 : NaN) name "storm" nooutput
set xrange [0:time_max / 60]
set object 1 rectangle from storm_min / 60, graph 0 to storm_max / 60, graph 1 behind fillcolor rgb "#f4f0e8" fillstyle solid noborder
set grid
set key top left horizontal
set offsets 0, 0, graph 0.2, 0 # room for the titles
set lmargin 11
set rmargin 10
set yrange [0:*]
set multiplot layout 4, 1
set ylabel "MB"
plot csv using ($1/60):4 with lines linecolor rgb "#bbbbbb" title "resident memory, the most in 5 s", csv using ($1/60):3 with lines linewidth 1.5 title "the least"
set ylabel ""
plot csv using ($1/60):5 with lines title "threads", csv using ($1/60):6 with lines title "file descriptors"
set ylabel "ms"
set logscale y
set yrange [0.1:*]
plot csv using ($1/60):($8/1000) with lines title "99th percentile of a reply", csv using ($1/60):($7/1000) with lines title "median"
unset logscale y
set yrange [0:*]
set ylabel "thousand"
set y2label "MB"
set y2tics
set ytics nomirror
set xlabel "minutes"
plot csv using ($1/60):($9/1000) with lines title "requests answered", csv using ($1/60):13 axes x1y2 with lines title "hostile input (right)"
unset multiplot
