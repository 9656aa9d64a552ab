package headroom

import "sync"

// Worth is worth, for tests.
var Worth = worth

// Release undoes Reserve.
func Release() {
	block.Store(nil)
	once = sync.Once{}
}
