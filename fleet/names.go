package fleet

import (
	"fmt"
	"hash/fnv"
	"strings"
)

// names are the names of what a fleet has on the server.
type names struct {
	prefix string
	shards int
}

func (n names) stream(shard int) string { return fmt.Sprintf("%s_JOBS_%d", n.prefix, shard) }

// subjects matches the subjects of the calls of a shard.
func (n names) subjects(shard int) string { return fmt.Sprintf("%s.job.%d.>", n.prefix, shard) }

func (n names) subject(callID string) string {
	return fmt.Sprintf("%s.job.%d.%s", n.prefix, n.shard(callID), token(callID))
}

func (n names) shard(callID string) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(callID))           // It never fails.
	return int(h.Sum32() % uint32(n.shards)) //nolint:gosec // 1 ≤ shards ≤ maxShards.
}

func (n names) calls() string   { return n.prefix + "_CALLS" }
func (n names) workers() string { return n.prefix + "_WORKERS" }

// taken is the subject on which a worker receives the calls that were taken from it.
func (n names) taken(worker string) string { return n.prefix + ".taken." + token(worker) }

// consumer is the name of the one consumer of each stream of calls.
const consumer = "workers"

func plain(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '_' || r == '-'
}

// token makes a token of a subject, which is a key of a bucket too, of any text. Equal
// tokens have equal texts.
func token(text string) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		if plain(rune(c)) {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "=%02X", c)
		}
	}
	return b.String()
}
