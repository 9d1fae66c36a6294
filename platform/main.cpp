// SPDX-License-Identifier: Apache-2.0
#include "host/application.h"

#include <fcntl.h>
#include <unistd.h>

/// What jemalloc reads when it begins (jemalloc(3), "TUNING"; MALLOC_CONF of the environment comes on top): memory that
/// is free goes back to the system after a second, also that of a server at rest.
extern "C" {
const char* malloc_conf = "background_thread:true,dirty_decay_ms:1000,muzzy_decay_ms:0";
}

namespace {

/// A file that is opened gets the lowest number that is free: were one of these closed, it could be the database, and
/// the log be written into it.
void occupyStandardStreams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (::fcntl(stream, F_GETFD) < 0) ::open("/dev/null", O_RDWR);
}

}  // namespace

int main(int argc, char** argv) {
  occupyStandardStreams();
  return parley::host::Application().runWith(argc, argv);
}
