package realtime

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// TestMain overwrites the memory of audio as soon as it is free, in every test of the
// package: a later read shows that, and so does the race detector.
func TestMain(m *testing.M) {
	if scheme := os.Getenv(serverEnv); scheme != "" {
		serveIdle(scheme)
		return
	}
	audioEvents.Freed = func(audio []byte) {
		for i := range audio {
			audio[i] = spoiled
		}
	}
	goleak.VerifyTestMain(m)
}

const spoiled = 0xdb
