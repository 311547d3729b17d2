// SPDX-License-Identifier: MIT
// boot.js: runs before anything is drawn, so that nothing jumps
"use strict";
document.documentElement.classList.add("js");
