#include "watch.hpp"

#include <algorithm>

namespace riskslim {
namespace {

constexpr auto kAskEvery = std::chrono::milliseconds(50);

// Part of what every thread has from its start. The usual model of a loaded library allocates at
// the first use in each thread, and where that fails the system ends the process.
#if defined(__gnu_linux__)
#define RISKSLIM_AT_START __attribute__((tls_model("initial-exec")))
#else
#define RISKSLIM_AT_START
#endif

RISKSLIM_AT_START thread_local Watch* current = nullptr;
RISKSLIM_AT_START thread_local bool in_charge = false;
RISKSLIM_AT_START thread_local long long work = 0;

}  // namespace

void look() {
    if (current == nullptr) return;
    if (in_charge) current->poll();
    if (current->held()) current->wait_while_held();
    if (current->stopped()) throw Stopped{};
}

void count_work(long long numbers) { work += numbers; }

long long work_done() { return work; }

Watch::Watch(double seconds, std::function<bool()> ask)
    : limit_(std::max(0.0, seconds)), ask_(std::move(ask)) {}

void Watch::stop(End why) {
    End none = End::finished;
    end_.compare_exchange_strong(none, why);
}

void Watch::fail(std::exception_ptr thrown) {
    {
        const std::lock_guard<std::mutex> hold(mutex_);
        if (!thrown_) thrown_ = std::move(thrown);
    }
    stop(End::interrupted);
}

void Watch::rethrow() const {
    if (thrown_) std::rethrow_exception(thrown_);
}

double Watch::seconds() const {
    return std::chrono::duration<double>(Clock::now() - begin_).count();
}

void Watch::poll() {
    if (stopped()) return;
    const Clock::time_point now = Clock::now();
    const double since = std::chrono::duration<double>(now - begin_).count();
    if (since > limit_) {
        stop(End::time);
    } else if (since > pause_at_) {
        hold(since);
    } else if (ask_ && now - asked_ >= kAskEvery) {
        asked_ = now;
        try {
            if (ask_()) stop(End::interrupted);
        } catch (...) {
            fail(std::current_exception());
        }
    }
}

void Watch::pause_after(double seconds, std::function<double()> aside) {
    pause_at_ = seconds;
    aside_ = std::move(aside);
}

void Watch::hold(double now) {
    held_ = true;
    try {
        const double more = aside_();
        pause_at_ = seconds() + more;
    } catch (...) {
        fail(std::current_exception());
    }
    seconds_held_ += seconds() - now;
    {
        const std::lock_guard<std::mutex> lock(mutex_);
        held_ = false;
    }
    go_on_.notify_all();
}

void Watch::wait_while_held() {
    std::unique_lock<std::mutex> lock(mutex_);
    go_on_.wait(lock, [this] { return !held(); });
}

void begin_thread(std::unique_ptr<char[]>& room) {
    room.reset();
    (void)std::uncaught_exceptions();  // allocates what this thread needs to throw anything
}

Watching::Watching(Watch& watch, bool charge) : before_(current), before_in_charge_(in_charge) {
    current = &watch;
    in_charge = charge;
}

Watching::~Watching() {
    current = before_;
    in_charge = before_in_charge_;
}

}  // namespace riskslim
