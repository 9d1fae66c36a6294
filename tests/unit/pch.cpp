// SPDX-License-Identifier: Apache-2.0
// Exists to carry the precompiled header of the tests.
