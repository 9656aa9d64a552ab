// Package tap records sessions in production: what a session sends and receives, what its
// line heard, what an agent's tools did, and what it cost.
//
//	w, err := recording.Create("call.jsonl", nil)
//	rec := tap.New(w)
//	s, err := client.Connect(ctx, model, &realtime.Options{Taps: []*realtime.Tap{rec.Session()}})
//	bridge, err := voice.NewBridge(s, line, &voice.BridgeOptions{Taps: []*voice.Tap{rec.Line()}})
//	…
//	err = rec.Close()
//
// A [Recorder] never delays the session: what does not fit into its buffer is dropped, and
// the recording says so. Messages with sound take no memory.
package tap
