// What ends a search from outside: the clock, an interrupt, or a thread that failed.
//
// A search is left by an exception. Whatever runs for long calls `look` now and then, and `look`
// throws `Stopped` once the search is to end: no loop has to be told how to come back, and
// whoever holds something open catches the exception and says what is open.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace riskslim {

enum class End { finished = 0, time = 1, nodes = 2, interrupted = 3, memory = 4 };

// Thrown by `look`; no error.
struct Stopped {};

// Throws Stopped if the search that this thread works for is to end; nothing where there is none.
void look();

// Numbers that this thread has read where most are read: a clock that runs alike in every run.
void count_work(long long numbers);
long long work_done();

class Watch {
public:
    using Clock = std::chrono::steady_clock;
    static constexpr double kNoLimit = std::numeric_limits<double>::infinity();

    // `ask` is called some twenty times a second by the thread in charge; true ends the search.
    explicit Watch(double seconds, std::function<bool()> ask = {});

    bool stopped() const { return end_.load(std::memory_order_relaxed) != End::finished; }
    End end() const { return end_; }
    // The first reason counts.
    void stop(End why);
    // Ends the search by what a thread threw.
    void fail(std::exception_ptr thrown);
    double seconds() const;  // since the beginning
    double limit() const { return limit_; }

    // After so many seconds of work the thread in charge calls `aside`, while the others wait where
    // they look. It says how many seconds of work there are until the next time.
    void pause_after(double seconds, std::function<double()> aside);
    bool held() const { return held_.load(std::memory_order_relaxed); }
    void wait_while_held();
    double seconds_held() const { return seconds_held_; }  // of the thread in charge

    // Looks at the clock, and asks: the thread in charge, often.
    void poll();

    // Runs the work under the watch of this search: nothing that it throws leaves this.
    template <class Work>
    void guard(const Work& work) {
        try {
            work();
        } catch (const Stopped&) {
        } catch (...) {
            fail(std::current_exception());
        }
    }

    // How every search runs. The work has a thread of its own, while this one polls; where none is
    // to be had it runs in this one, which polls when it looks. A search that was ended has a
    // moment of its own for the `rescue`, under no watch. Throws what a thread threw, once all are
    // gone.
    template <class Work, class Rescue>
    void run(const Work& work, const Rescue& rescue);
    template <class Work>
    void run(const Work& work) {
        run(work, [] {});
    }

    // The same in this thread, for work that is mostly short.
    template <class Work>
    void run_here(const Work& work) {
        work_here(work);
        rethrow();
    }

private:
    void hold(double now);
    template <class Work>
    void work_here(const Work& work);
    template <class Work>
    void work_elsewhere(const Work& work);
    // Throws what ended the search, if anything was thrown.
    void rethrow() const;

    const Clock::time_point begin_ = Clock::now();
    const double limit_;
    const std::function<bool()> ask_;
    Clock::time_point asked_ = begin_;
    std::atomic<End> end_{End::finished};
    std::mutex mutex_;
    std::exception_ptr thrown_;
    std::function<double()> aside_;
    double pause_at_ = kNoLimit, seconds_held_ = 0.0;
    std::atomic<bool> held_{false};
    std::condition_variable go_on_;
};

// Puts this thread under a watch, for a while. `in_charge`: this thread polls when it looks.
class Watching {
public:
    explicit Watching(Watch& watch, bool in_charge = false);
    ~Watching();
    Watching(const Watching&) = delete;
    Watching& operator=(const Watching&) = delete;

private:
    Watch* before_;
    bool before_in_charge_;
};

// Room for what the system allocates as a thread begins, and does not get on without: taken before
// the thread starts, where a failure only means one thread less, and given back by the thread.
constexpr std::size_t kThreadRoom = std::size_t{1} << 18;
void begin_thread(std::unique_ptr<char[]>& room);

// Starts a thread; throws where none is to be had.
template <class Work>
std::thread start_thread(Work work) {
    std::unique_ptr<char[]> room(new char[kThreadRoom]);
    return std::thread([work = std::move(work), room = std::move(room)]() mutable {
        begin_thread(room);
        work();
    });
}

// Threads for one work, joined at the end; as many as the system gives.
class Threads {
public:
    explicit Threads(std::size_t most) { threads_.reserve(most); }
    // False where no thread is to be had: those that run do the work.
    template <class Work>
    bool start(const Work& work) {
        try {
            threads_.push_back(start_thread(work));
        } catch (const std::exception&) {  // std::system_error, or no memory for it
            return false;
        }
        return true;
    }
    ~Threads() {
        for (std::thread& thread : threads_) thread.join();
    }
    Threads(const Threads&) = delete;
    Threads& operator=(const Threads&) = delete;

private:
    std::vector<std::thread> threads_;
};

// Further threads that work for a search, under its watch.
class Helpers {
public:
    template <class Work>
    Helpers(Watch& watch, int count, const Work& work)
        : threads_(count > 0 ? static_cast<std::size_t>(count) : 0) {
        const auto watched = [&watch, work] {
            const Watching here(watch);
            watch.guard(work);
        };
        for (int t = 0; t < count && threads_.start(watched); ++t) {
        }
    }

private:
    Threads threads_;
};

template <class Work>
void Watch::work_here(const Work& work) {
    const Watching here(*this, true);
    guard(work);
}

template <class Work, class Rescue>
void Watch::run(const Work& work, const Rescue& rescue) {
    work_elsewhere(work);
    if (stopped()) guard(rescue);
    rethrow();
}

template <class Work>
void Watch::work_elsewhere(const Work& work) {
    std::atomic<bool> done{false};
    std::thread worker;
    try {
        worker = start_thread([&] {
            const Watching here(*this);
            guard(work);
            done = true;
        });
    } catch (const std::exception&) {
        work_here(work);
        return;
    }
    for (int turn = 0; !done; ++turn) {
        std::this_thread::sleep_for(std::chrono::microseconds(turn < 50 ? 200 : 2000));
        poll();
    }
    worker.join();
}

}  // namespace riskslim
