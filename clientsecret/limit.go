package clientsecret

import (
	"sync"
	"time"
)

// maxUsers bounds the users that a limiter remembers.
const maxUsers = 1 << 16

// limiter gives each user a number of secrets at once, and then one after each interval.
type limiter struct {
	burst int // negative: no limit
	every time.Duration

	mu    sync.Mutex
	users map[string]time.Time // when the user has all secrets of a burst again; guarded by mu
	swept time.Time            // guarded by mu
}

func newLimiter(burst int, every time.Duration) *limiter {
	return &limiter{burst: burst, every: every, users: map[string]time.Time{}}
}

// take takes one secret of a user. If there is none, it returns when there will be.
func (l *limiter) take(user string, now time.Time) (wait time.Duration) {
	if l.burst < 0 {
		return 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	full, known := l.users[user]
	if full.Before(now) {
		full = now
	}
	full = full.Add(l.every)
	if wait := full.Sub(now) - time.Duration(l.burst)*l.every; wait > 0 {
		return wait
	}
	if !known {
		l.makeRoom(now)
	}
	l.users[user] = full
	return 0
}

// makeRoom forgets users that have all their secrets again, and any other one if there is
// still no room. l.mu is held.
func (l *limiter) makeRoom(now time.Time) {
	if len(l.users) < maxUsers {
		return
	}
	if now.Sub(l.swept) >= l.every {
		l.swept = now
		for user, full := range l.users {
			if !full.After(now) {
				delete(l.users, user)
			}
		}
	}
	for user := range l.users {
		if len(l.users) < maxUsers {
			return
		}
		delete(l.users, user)
	}
}
