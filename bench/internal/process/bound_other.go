//go:build !linux

package process

// bound calls start without binding to a core, which this system does not support.
func bound(_ int, start func() error) error { return start() }
