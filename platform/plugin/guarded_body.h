// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "plugin/border.h"

#include <parley/http.h>

#include <memory>

// Bodies that come from and go to objects of a plugin's, behind its border. All of it is called inside of the plugin,
// so that the border is never left without a hold on what goes out.

namespace parley::plugin {

/// The response as the host may keep it: its producer is called through the border. Once the plugin was switched off,
/// the response breaks off.
HttpResponse guardedBody(Border& border, Site& site, HttpResponse response);

/// A reply that does this to what it is given. `border` must outlive the reply's calls.
HttpReply guardingBody(Border& border, Site& site, HttpReply reply);

/// The sink as the host may keep it. It throws the plugin's Error, INTERNAL for another failure, FEATURE_DISABLED when
/// the plugin was switched off meanwhile; that is the answer, too, given through the plugin's reply while it has one.
std::shared_ptr<BodySink> guardedSink(Border& border, Site& site, std::shared_ptr<BodySink> sink,
                                      std::weak_ptr<const HttpReply> reply);

}  // namespace parley::plugin
