# From build/bench/scaling.csv to docs/plots: one picture a figure, both axes logarithmic, so that a step that grows faster than the
# fleet stands out against the dotted line (proportional).
set datafile separator ","
set terminal pngcairo size 720,420 font "sans,11"
set logscale xy
set grid
set key top left
set xlabel "devices"
set xrange [80:125000]
file = "build/bench/scaling.csv"
pick(figure) = sprintf("< grep -F '%s' %s | sort -t, -k2n", figure, file)

set output "docs/plots/no_devices.png"
set ylabel "median, µs"
set yrange [10:10000]
plot pick("no devices") using 2:3 with linespoints title "\"no devices\", one request in flight"

set output "docs/plots/refresh_cpu.png"
set ylabel "CPU per device, µs"
set yrange [10:1000]
plot pick("CPU of a refresh") using 2:3 with linespoints title "refresh, per device"

set output "docs/plots/restore.png"
set ylabel "ms"
set yrange [0.05:1000]
plot pick("restore from Redis") using 2:3 with linespoints title "restore from Redis", x/700 dashtype 3 title "proportional"

set output "docs/plots/memory.png"
set ylabel "resident, MB"
set yrange [5:500]
plot pick("resident") using 2:3 with linespoints title "resident, settled"
