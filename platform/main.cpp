// SPDX-License-Identifier: Apache-2.0
#include "host/application.h"

int main(int argc, char** argv) {
  parley::host::Application application;
  return application.run(argc, argv);
}
