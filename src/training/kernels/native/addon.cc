// The addon: a pool of threads per JavaScript thread, which runs one kernel at a time on the heap it was shown.
//   instructionSets() → what this CPU and this build can do, best first
//   open(instructionSet, threads, arguments: ArrayBuffer of doubles)
//   heap(memory: ArrayBuffer)   again whenever the memory has grown
//   run(kernel)                 with the arguments in place; throws when scratch memory runs out
#include <node_api.h>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>
#include "call.h"

namespace avx2 {
extern const Kernel kernels[];
extern const int kernelCount;
}
namespace avx512 {
extern const Kernel kernels[];
extern const int kernelCount;
}

namespace {

// Below so much work, waking the other threads costs more than it saves. Results do not depend on it.
constexpr double LEAST_SHARED_WORK = 1e5;
// Turns of waiting before a thread sleeps: a training step's kernels come microseconds apart.
constexpr int SPINS = 4000;
constexpr int MOST_THREADS = 256;

struct InstructionSet {
  const char *name;
  const Kernel *kernels;
  bool (*supported)();
};
const InstructionSet INSTRUCTION_SETS[] = {
    {"avx512", avx512::kernels,
     [] { return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw"); }},
    {"avx2", avx2::kernels, [] { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }},
};

struct Scratch {
  float *start = nullptr;
  size_t floats = 0;
  ~Scratch() { free(start); }
};

class Pool {
 public:
  Pool(const Kernel *kernels, int threads, const double *arguments) : kernels(kernels), arguments(arguments), parts(threads), scratch(threads) {
    for (int part = 1; part < threads; part++) helpers.emplace_back([this, part] { help(part); });
  }
  ~Pool() {
    ending = true;
    post();
    for (auto &helper : helpers) helper.join();
  }
  // False when scratch memory ran out.
  bool run(int number) {
    kernel = &kernels[number];
    const Call alone = {heap, arguments, 0, 1, this};
    if (parts == 1 || kernel->work(alone) < LEAST_SHARED_WORK) kernel->run(alone);
    else {
      post();
      kernel->run({heap, arguments, 0, parts, this});
      for (int spin = 0; done.load(std::memory_order_acquire) != (uint32_t)parts - 1;) {
        // On a busy machine the others may have no core: give them this one.
        if (++spin < SPINS) __builtin_ia32_pause();
        else std::this_thread::yield();
      }
    }
    return !failed.exchange(false);
  }
  float *reserve(int part, size_t floats) {
    Scratch &own = scratch[part];
    if (floats > own.floats) {
      free(own.start);
      own.floats = (floats + 15) & ~(size_t)15;
      own.start = (float *)aligned_alloc(64, own.floats * 4);
      if (!own.start) {
        own.floats = 0;
        failed = true;
      }
    }
    return own.start;
  }
  char *heap = nullptr;

 private:
  void help(int part) {
    for (uint32_t seen = 0;;) {
      for (int spin = 0; posted.load(std::memory_order_acquire) == seen;) {
        if (++spin < SPINS) {
          __builtin_ia32_pause();
          continue;
        }
        std::unique_lock<std::mutex> guard(lock);
        wake.wait(guard, [&] { return posted.load() != seen; });
      }
      seen++;
      if (ending) return;
      kernel->run({heap, arguments, part, parts, this});
      done.fetch_add(1, std::memory_order_release);
    }
  }
  void post() {
    done = 0;
    {
      std::lock_guard<std::mutex> guard(lock);
      posted++;
    }
    wake.notify_all();
  }

  const Kernel *const kernels;
  const double *const arguments;
  const int parts;
  const Kernel *kernel = nullptr;
  std::vector<Scratch> scratch;
  std::atomic<uint32_t> posted{0}, done{0};
  std::atomic<bool> failed{false};
  bool ending = false;
  std::mutex lock;
  std::condition_variable wake;
  std::vector<std::thread> helpers;
};

struct State {
  std::unique_ptr<Pool> pool;
  napi_ref argumentsKept = nullptr;
};

State &stateOf(napi_env env) {
  void *state = nullptr;
  napi_get_instance_data(env, &state);
  return *(State *)state;
}
napi_value fail(napi_env env, const char *message) {
  napi_throw_error(env, nullptr, message);
  return nullptr;
}

napi_value instructionSets(napi_env env, napi_callback_info) {
  napi_value names;
  napi_create_array(env, &names);
  uint32_t count = 0;
  __builtin_cpu_init();
  for (const auto &set : INSTRUCTION_SETS) {
    if (!set.supported()) continue;
    napi_value name;
    napi_create_string_utf8(env, set.name, NAPI_AUTO_LENGTH, &name);
    napi_set_element(env, names, count++, name);
  }
  return names;
}

napi_value open(napi_env env, napi_callback_info info) {
  napi_value values[3];
  size_t count = 3, length = 0;
  char name[16];
  int32_t threads = 0;
  void *arguments = nullptr;
  napi_get_cb_info(env, info, &count, values, nullptr, nullptr);
  if (count != 3 || napi_get_value_string_utf8(env, values[0], name, sizeof name, nullptr) != napi_ok || napi_get_value_int32(env, values[1], &threads) != napi_ok ||
      napi_get_arraybuffer_info(env, values[2], &arguments, &length) != napi_ok || length < 64 * sizeof(double))
    return fail(env, "open takes an instruction set, a number of threads and an ArrayBuffer of 64 doubles");
  if (threads < 1 || threads > MOST_THREADS) return fail(env, "open: from 1 to 256 threads");
  __builtin_cpu_init();
  for (const auto &set : INSTRUCTION_SETS) {
    if (strcmp(set.name, name) || !set.supported()) continue;
    State &state = stateOf(env);
    if (state.argumentsKept) napi_delete_reference(env, state.argumentsKept);
    napi_create_reference(env, values[2], 1, &state.argumentsKept);
    state.pool.reset(new Pool(set.kernels, threads, (const double *)arguments));
    return nullptr;
  }
  return fail(env, "open: this CPU has no such instruction set");
}

napi_value heap(napi_env env, napi_callback_info info) {
  napi_value memory;
  size_t count = 1, length = 0;
  void *start = nullptr;
  napi_get_cb_info(env, info, &count, &memory, nullptr, nullptr);
  State &state = stateOf(env);
  if (!state.pool) return fail(env, "heap before open");
  if (count != 1 || napi_get_arraybuffer_info(env, memory, &start, &length) != napi_ok) return fail(env, "heap takes an ArrayBuffer");
  state.pool->heap = (char *)start;
  return nullptr;
}

napi_value run(napi_env env, napi_callback_info info) {
  napi_value number;
  size_t count = 1;
  int32_t kernel = -1;
  napi_get_cb_info(env, info, &count, &number, nullptr, nullptr);
  State &state = stateOf(env);
  if (!state.pool || !state.pool->heap) return fail(env, "run before open and heap");
  if (count != 1 || napi_get_value_int32(env, number, &kernel) != napi_ok || kernel < 0 || kernel >= avx2::kernelCount) return fail(env, "run takes a kernel's number");
  if (!state.pool->run(kernel)) return fail(env, "the training kernels found no scratch memory");
  return nullptr;
}

}  // namespace

float *reserve(const Call &call, size_t floats) { return ((Pool *)call.pool)->reserve(call.part, floats); }

NAPI_MODULE_INIT() {
  napi_set_instance_data(env, new State, [](napi_env, void *state, void *) { delete (State *)state; }, nullptr);
  const struct {
    const char *name;
    napi_callback callback;
  } functions[] = {{"instructionSets", instructionSets}, {"open", open}, {"heap", heap}, {"run", run}};
  for (const auto &each : functions) {
    napi_value function;
    napi_create_function(env, each.name, NAPI_AUTO_LENGTH, each.callback, nullptr, &function);
    napi_set_named_property(env, exports, each.name, function);
  }
  return exports;
}
