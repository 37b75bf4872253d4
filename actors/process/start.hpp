// What the process does before anything else.
#pragma once

namespace hawkeye {

/// Opens /dev/null in the place of standard descriptors that are closed, so that no connection gets
/// their numbers and the log is not written into it; lets no other program of the same user attach
/// or read the memory; and writes no core dump.
void prepare_process();

} // namespace hawkeye
