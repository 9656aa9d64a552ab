package fleet

import "time"

// AllowShortLeases lets tests have leases below four seconds, which a restart of a server
// would shorten too much, and ends calls whose state cannot be read after three of them.
func AllowShortLeases() { minLease, maxUnread = 100*time.Millisecond, 3 }

// Check returns an error if the worker does not have the call any more.
func (j *Job) Check() error { return j.check() }
