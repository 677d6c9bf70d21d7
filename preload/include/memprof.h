/* memprof.h: marks and phases for programs that are profiled by memprof.
 *
 * Include it and call; there is nothing to link. The functions are weak: unless libmemprof.so is
 * preloaded, each call is a test of a null pointer and its argument is not evaluated. They may be
 * called from any thread and leave errno alone. Names are copied, up to 1,000 bytes.
 */
#ifndef MEMPROF_H
#define MEMPROF_H

#ifdef __cplusplus
extern "C" {
#endif

/* Names this moment; `memprof report --at mark:NAME` and `memprof diff` refer to it. */
void memprof_mark(const char* name) __attribute__((weak));

/* Begins a phase. Phases nest and may run on several threads at once. */
void memprof_phase_begin(const char* name) __attribute__((weak));

/* Ends the innermost open phase of that name on this thread, else in the process. */
void memprof_phase_end(const char* name) __attribute__((weak));

/* 1 while this process is being recorded, else 0. */
int memprof_is_recording(void) __attribute__((weak));

#ifdef __cplusplus
} /* extern "C" */
#endif

/* The test comes with the call. Macros, because a function of the same name could not see the weak one. */
#define memprof_mark(name) (memprof_mark ? memprof_mark(name) : (void)0)
#define memprof_phase_begin(name) (memprof_phase_begin ? memprof_phase_begin(name) : (void)0)
#define memprof_phase_end(name) (memprof_phase_end ? memprof_phase_end(name) : (void)0)
#define memprof_is_recording() (memprof_is_recording ? memprof_is_recording() : 0)

#ifdef __cplusplus
namespace memprof {

/* A phase that lasts as long as the object; `name` must outlive it. */
class Phase {
 public:
  explicit Phase(const char* name) : name_(name) { memprof_phase_begin(name_); }
  ~Phase() { memprof_phase_end(name_); }
  Phase(const Phase&) = delete;
  Phase& operator=(const Phase&) = delete;

 private:
  const char* name_;
};

} /* namespace memprof */
#endif

#endif /* MEMPROF_H */
