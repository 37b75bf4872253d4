# With HAWKEYE_UNITY one compilation takes all files of a folder at once: a full build costs less than half, one changed file more. So
# the presets have it on where all is built (release, sanitizers), and off where one file is (debug): both ways stay compiled.
# Names in anonymous namespaces and in static must be unique within a folder.
option(HAWKEYE_UNITY "compile each folder's files together" OFF)

# TARGET [SKIP FILE...]: these, whose names others of their folder have, too, stay alone.
function(unity target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" SKIP)
  if(NOT HAWKEYE_UNITY)
    return()
  endif()
  get_target_property(sources ${target} SOURCES)
  foreach(source IN LISTS sources)
    get_filename_component(folder "${source}" ABSOLUTE)
    get_filename_component(folder "${folder}" DIRECTORY)
    file(RELATIVE_PATH folder "${CMAKE_SOURCE_DIR}" "${folder}")
    string(REPLACE "/" "_" folder "${folder}")
    set_source_files_properties("${source}" PROPERTIES UNITY_GROUP "${folder}")
  endforeach()
  set_source_files_properties(${arg_SKIP} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
endfunction()
