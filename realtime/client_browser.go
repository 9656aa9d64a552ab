//go:build !js

package realtime

// browserOnly holds the fields of Config for browsers: none here.
type browserOnly struct{}
