//go:build !purego && (amd64 || arm64)

package realtime

// sendSpeed is how many times as fast as two passes of encoding/json a send is at
// least.
const sendSpeed = 12
