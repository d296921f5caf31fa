/* SPDX-License-Identifier: MIT */
#include "base/critical.h"

_Thread_local unsigned critical_depth;
