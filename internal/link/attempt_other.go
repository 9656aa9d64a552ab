//go:build !unix && !js

package link

import "time"

// attempt is nothing: here each write waits for the peer.
type attempt struct{}

func (*watchedConn) tries() bool { return false }

func (*watchedConn) wait(bool) {}

func (*watchedConn) holds() bool { return false }

func (*watchedConn) flush(time.Time) error { return nil }
