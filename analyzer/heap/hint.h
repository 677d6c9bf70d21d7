#pragma once

/// Stands before functions that do nothing but tell the processor what will be asked for soon. GCC
/// takes a call of such a function for one without an effect and drops it, unless it is inlined
/// first (seen with 12.2: replay took twice the time).
#define MEMPROF_HINT [[gnu::always_inline]] inline
