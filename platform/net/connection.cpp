// SPDX-License-Identifier: Apache-2.0
#include "net/connection.h"

namespace parley::net {

void ConnectionHandler::onInputEnd(Connection& connection) {
  connection.closeAfterFlush();
}

void ConnectionHandler::onWritten(Connection& /*connection*/) {}

}  // namespace parley::net
