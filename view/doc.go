// Package view shows a recording as a page in one file, which opens in a browser without a
// server, an account or a network. To write one:
//
//	rec, err := recording.Open("call.jsonl")
//	…
//	err = view.HTML(w, rec, nil)
//
// The page has, on one clock, the waveform of the caller and that of the agent: what was
// generated, as it arrived, and what was heard. Below are the waits for replies, tools,
// interruptions, errors, connections and what each response cost, above is what stands
// out. Turns are in a table, every event is in a list and opens as JSON. A click on a
// waveform plays from there.
//
// The page has the sound of the recording, re-encoded, as far as it fits [Options.MaxBytes].
// [Options.Notes] add marks, such as those of a test that failed. A fragment opens the page
// at a moment, a zoom or an event: call.html#t=21.4&z=5, call.html#e=124.
//
// Recordings hold what callers and models have said and sent. The page treats all of it as
// hostile: it is escaped, and a policy in the page allows no script but the page's own and
// no request.
package view
