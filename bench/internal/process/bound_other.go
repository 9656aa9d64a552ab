//go:build !linux

package process

// bound leaves the process to the system, which has no binding to a core.
func bound(_ int, start func() error) error { return start() }
