package clientsecret

import (
	"sync"
	"time"
)

// maxUsers bounds the users that a limiter remembers.
const maxUsers = 1 << 16

// limiter gives each user a number of secrets at once, and then one after each interval. It
// counts, and multiplies no intervals: any burst and interval fit.
type limiter struct {
	burst int           // negative: no limit
	every time.Duration // > 0

	mu    sync.Mutex
	users map[string]usage // guarded by mu
	swept time.Time        // guarded by mu
}

// usage is what a user has taken.
type usage struct {
	taken int       // and not yet given again; 0 ≤ taken ≤ burst
	since time.Time // the next one is given again an interval later
}

// at returns the usage once what is due until now has been given again.
func (u usage) at(now time.Time, every time.Duration) usage {
	due := int64(max(now.Sub(u.since)/every, 0))
	if due >= int64(u.taken) {
		return usage{since: now}
	}
	return usage{u.taken - int(due), u.since.Add(time.Duration(due) * every)}
}

func newLimiter(burst int, every time.Duration) *limiter {
	return &limiter{burst: burst, every: every, users: map[string]usage{}}
}

// take takes one secret of a user. If there is none, it returns when there will be.
func (l *limiter) take(user string, now time.Time) (wait time.Duration) {
	if l.burst < 0 {
		return 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	u, known := l.users[user]
	u = u.at(now, l.every)
	if u.taken >= l.burst {
		return u.since.Add(l.every).Sub(now)
	}
	if !known {
		l.makeRoom(now)
	}
	u.taken++
	l.users[user] = u
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
		for user, u := range l.users {
			if u.at(now, l.every).taken == 0 {
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
