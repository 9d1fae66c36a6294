// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "plugin/border.h"
#include "plugin/data_subjects.h"
#include "plugin/host_services.h"
#include "plugin/index_table.h"
#include "plugin/metric_table.h"
#include "plugin/route_adapter.h"
#include "plugin/row_book.h"
#include "plugin/service_table.h"
#include "plugin/step_watch.h"
#include "plugin/timers.h"

namespace parley::plugin {

/// What starting a plugin needs: the host's services, and the tables of this room that registrations go to.
struct Kit {
  const HostServices& host;
  const RouteAdapter& routes;
  RowBook& rows;
  ServiceTable& services;
  IndexTable& indexes;
  MetricTable& metrics;
  Timers& timers;
  DataSubjects& subjects;
  StepWatch& steps;
  BorderOptions border;
};

}  // namespace parley::plugin
