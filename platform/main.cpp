// SPDX-License-Identifier: Apache-2.0
#include "host/application.h"

/// What jemalloc reads when it begins (jemalloc(3), "TUNING"; MALLOC_CONF of the environment comes on top): memory that
/// is free goes back to the system after a second, also that of a server at rest.
extern "C" {
const char* malloc_conf = "background_thread:true,dirty_decay_ms:1000,muzzy_decay_ms:0";
}

int main(int argc, char** argv) {
  return parley::host::Application().runWith(argc, argv);
}
