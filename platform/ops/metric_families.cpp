// SPDX-License-Identifier: Apache-2.0
#include "ops/metric_families.h"

#include <prometheus/text_serializer.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace parley::ops {

using prometheus::MetricType;

void MetricFamilies::gauge(std::string name, std::string help, double value, Labels labels) {
  metricOf(std::move(name), std::move(help), MetricType::Gauge, std::move(labels)).gauge.value = value;
}

void MetricFamilies::counter(std::string name, std::string help, double value, Labels labels) {
  metricOf(std::move(name), std::move(help), MetricType::Counter, std::move(labels)).counter.value = value;
}

void MetricFamilies::histogram(std::string name, std::string help, std::span<const double> bounds,
                               std::span<const std::uint64_t> counts, double sum, Labels labels) {
  auto& histogram = metricOf(std::move(name), std::move(help), MetricType::Histogram, std::move(labels)).histogram;
  histogram.sample_sum = sum;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    histogram.sample_count += counts[i];
    const double bound = i < bounds.size() ? bounds[i] : std::numeric_limits<double>::infinity();
    histogram.bucket.push_back({histogram.sample_count, bound});
  }
}

void MetricFamilies::histogram(std::string name, std::string help, const base::Histogram::Figures& figures,
                               double perUnit, Labels labels) {
  std::vector<double> bounds;
  for (const auto bound : figures.bounds) bounds.push_back(static_cast<double>(bound) / perUnit);
  histogram(std::move(name), std::move(help), bounds, figures.counts, static_cast<double>(figures.sum) / perUnit,
            std::move(labels));
}

std::string MetricFamilies::text() const {
  return prometheus::TextSerializer().Serialize(families_);
}

prometheus::ClientMetric& MetricFamilies::metricOf(std::string name, std::string help, MetricType type, Labels labels) {
  auto family = std::find_if(families_.begin(), families_.end(), [&name](const auto& one) { return one.name == name; });
  if (family == families_.end()) {
    family = families_.emplace(families_.end());
    family->name = std::move(name);
    family->help = std::move(help);
    family->type = type;
  }
  auto& metric = family->metric.emplace_back();
  metric.label = std::move(labels);
  return metric;
}

}  // namespace parley::ops
