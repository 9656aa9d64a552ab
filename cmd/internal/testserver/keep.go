package testserver

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"github.com/voicelane/realtime-go/realtimetest"
)

// keeper writes the recording of each session to a directory when the session ends.
type keeper struct {
	dir string
	log io.Writer

	mu      sync.Mutex
	known   map[string]bool // guarded by mu; the ids of all sessions so far
	writing sync.WaitGroup
}

// observe starts to follow a session at its first frame.
func (k *keeper) observe(c *realtimetest.Conn, _ realtimetest.Entry) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.known[c.ID()] {
		return
	}
	if k.known == nil {
		k.known = map[string]bool{}
	}
	k.known[c.ID()] = true
	k.writing.Go(func() {
		<-c.Done()
		if err := k.write(c); err != nil {
			fmt.Fprintf(k.log, "%s: %v\n", c.ID(), err)
		}
	})
}

func (k *keeper) write(c *realtimetest.Conn) error {
	f, err := os.Create(filepath.Join(k.dir, c.ID()+".jsonl"))
	if err != nil {
		return err
	}
	_, err = c.Transcript().WriteTo(f)
	return errors.Join(err, f.Close())
}
