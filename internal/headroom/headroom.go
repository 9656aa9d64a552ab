// Package headroom keeps the garbage collector from running every few megabytes.
//
// The collector runs when the heap has grown by as much as is alive. A program that owns
// the events it receives allocates their sound, some 5 KB each; with little else alive, the
// collector then runs after every few hundred events, which costs several times the
// processor time of the events themselves and delays those of all sessions. A block that
// counts as alive, holds no pointers and is never touched makes these runs rarer. It takes
// physical memory only where the heap was as large before, since the runtime then clears what
// it gives. What it costs is that as much garbage may wait.
package headroom

import (
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
)

const (
	// size is the size of the block in bytes.
	size = 16 << 20
	// ample is the memory limit (GOMEMLIMIT) in bytes from which the block is worth its place.
	ample = 32 * size
)

var (
	block atomic.Pointer[[size]byte]
	once  sync.Once
)

// Reserve keeps the block alive from now on, for all sessions of the process. It does
// nothing where memory is scarce: below a memory limit of 512 MB and in WebAssembly. It
// may be called from any goroutine, and costs one atomic load after the first time.
func Reserve() { once.Do(reserve) }

func reserve() {
	if worth(runtime.GOARCH, debug.SetMemoryLimit(-1)) {
		block.Store(new([size]byte))
	}
}

// worth reports whether the block is worth its place under a memory limit in bytes.
func worth(arch string, limit int64) bool { return arch != "wasm" && limit >= ample }
