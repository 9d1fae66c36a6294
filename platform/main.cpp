// SPDX-License-Identifier: Apache-2.0
#include "host/application.h"

int main(int argc, char** argv) {
  return parley::host::Application().runWith(argc, argv);
}
