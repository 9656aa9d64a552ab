package fleet

import "time"

// AllowShortLeases lets tests have leases below four seconds, which a restart of a server
// would shorten too much.
func AllowShortLeases() { minLease = 100 * time.Millisecond }

// Check returns an error if the worker does not have the call any more.
func (j *Job) Check() error { return j.check() }
