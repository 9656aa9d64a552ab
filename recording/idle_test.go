package recording_test

import (
	"io"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/voicelane/realtime-go/recording"
)

const settings = `{"type":"session.updated","event_id":"event_1","session":{"type":"realtime","id":"sess_1","model":"gpt-realtime",` +
	`"audio":{"input":{"format":{"type":"audio/pcm","rate":24000},"turn_detection":{"type":"server_vad","threshold":0.5}},` +
	`"output":{"format":{"type":"audio/pcm","rate":24000},"voice":"marin","speed":1.0}},"instructions":"Be brief."}}`

// TestAnIdleRecordingIsSmall holds what a recording keeps of memory once its lines are written,
// and that its messages do not let the stack of a reader grow. It is not parallel: it measures
// the process.
func TestAnIdleRecordingIsSmall(t *testing.T) { //nolint:paralleltest // See above.
	if raceEnabled {
		t.Skip("the race detector has memory of its own")
	}
	list := make([]*recording.Writer, 300)
	open := func(i int) {
		list[i] = recording.NewWriter(io.Discard, nil)
		list[i].Add(1, &recording.Dial{Attempt: 1})
	}
	record := func(i int) {
		for range 2 {
			list[i].Message(recording.Message{Direction: recording.In, Conn: 1, Data: []byte(settings)})
		}
	}
	open(0) // What the first one makes for all is not measured.
	record(0)
	_, without := memoryOfReaders(list, func(int) {}, func(int) {})
	heap, stack := memoryOfReaders(list, open, record)
	t.Logf("%d bytes of heap and %d of stack, %d without a recording", heap, stack, without)
	assert.LessOrEqual(t, heap, int64(2560), "the goroutine included")
	assert.LessOrEqual(t, stack, without+1<<10)
}

// memoryOfReaders returns what goroutines that record and then wait take each.
func memoryOfReaders(list []*recording.Writer, open, record func(i int)) (heap, stack int64) {
	end := make(chan struct{})
	var written, all sync.WaitGroup
	heap, stack = inUse()
	for i := range list {
		open(i)
		written.Add(1)
		all.Go(func() {
			inSession(func() { record(i) }, func() {
				written.Done()
				<-end
			})
		})
	}
	written.Wait()
	for _, w := range list {
		if w != nil {
			_ = w.Flush()
		}
	}
	heapNow, stackNow := inUse()
	close(end)
	all.Wait()
	runtime.KeepAlive(list)
	n := int64(len(list))
	return (heapNow - heap) / n, (stackNow - stack) / n
}

// inSession runs both where as much of the stack is in use as a session's reader uses when it
// calls a tap, and waits.
//
//go:noinline
func inSession(run, wait func()) {
	var local [1 << 10]byte
	run()
	wait()
	runtime.KeepAlive(&local)
}

func inUse() (heap, stack int64) {
	for range 4 {
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc), int64(m.StackInuse)
}
