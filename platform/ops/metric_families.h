// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/counters.h"

#include <prometheus/metric_family.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace parley::ops {

/// What Prometheus is told: families of one kind of thing, a sample for each thing in each of them, in the order in
/// which they are added.
class MetricFamilies {
 public:
  using Labels = std::vector<prometheus::ClientMetric::Label>;

  void gauge(std::string name, std::string help, double value, Labels labels = {});
  void counter(std::string name, std::string help, double value, Labels labels = {});
  void gauge(std::string name, std::string help, std::uint64_t value, Labels labels = {}) {
    gauge(std::move(name), std::move(help), static_cast<double>(value), std::move(labels));
  }
  void counter(std::string name, std::string help, std::uint64_t value, Labels labels = {}) {
    counter(std::move(name), std::move(help), static_cast<double>(value), std::move(labels));
  }
  /// `counts`: as many as `bounds`, and one for what lies beyond.
  void histogram(std::string name, std::string help, std::span<const double> bounds,
                 std::span<const std::uint64_t> counts, double sum, Labels labels = {});
  /// `perUnit`: how many of the values are one of the unit in the name. (By a fraction, 100 ms would become 0.0999….)
  void histogram(std::string name, std::string help, const base::Histogram::Figures& figures, double perUnit,
                 Labels labels = {});

  /// In the text format of Prometheus (0.0.4).
  std::string text() const;

 private:
  prometheus::ClientMetric& metricOf(std::string name, std::string help, prometheus::MetricType type, Labels labels);

  std::vector<prometheus::MetricFamily> families_;
};

}  // namespace parley::ops
