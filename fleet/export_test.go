package fleet

import "time"

// AllowShortLeases lets tests have leases below four seconds, which a restart of a server
// would shorten too much.
func AllowShortLeases() { minLease = 100 * time.Millisecond }
