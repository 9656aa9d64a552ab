package agent

import (
	"slices"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
)

// stage is how far a call has come.
type stage uint8

const (
	running   stage = iota // its function runs
	sent                   // its output was sent
	confirmed              // the conversation holds its output, and no response has seen it
	seen                   // a response that sees its output has begun
	gone                   // nothing is owed any more
)

// table holds the calls whose outputs are owed to the model. Events of the session, in
// the order in which the mux has them, move a call from stage to stage until it is gone:
//
//	                                      running    sent       confirmed  seen
//	the function returns, or takes long   sent
//	the server adds the output                       confirmed
//	the server does not answer                       confirmed
//	the server refuses the output                    gone
//	the output is deleted                            gone       gone       gone
//	a response begins                                           seen       gone
//	that response ends                                                     gone
//	a new session begins                                                   confirmed
//	  and holds the output                           confirmed
//	  and does not hold it                           gone       gone
//	a new connection to the same call                                      gone
//	response.create is refused                                  gone
//
// The model is asked for a response when no call of one response is running, one of them
// is confirmed, no call at all is sent, and none of the obstacles below is in the way. A refusal
// because a response runs leaves the calls confirmed: that response begins before its
// end, or its end is the next reason to ask.
//
// Only responses of the conversation count: a response beside it sees nothing of it, and
// its calls are left to the program. The table knows no lock and no session.
type table struct {
	rows      []*owed
	past      []call   // the latest calls, to know one that is announced again
	announced []call   // calls of responses that run, known by their arguments alone
	apart     []string // responses beside the conversation that run
	epoch     int      // the number of reconnections so far

	// The obstacles.
	active string  // the response that runs
	busy   bool    // one does
	held   held    // the last response was cancelled, and none has begun since
	down   bool    // the connection is being replaced
	asked  *asking // our request for a response, until that begins; nil without one
	fresh  bool    // not an obstacle: the server has begun a new session
}

// held is why the model is not asked after a cancelled response: who cancelled it
// decides what comes next.
type held uint8

const (
	free held = iota
	byProgram
	byVoice
)

const (
	maxPast = 256 // of each list of what has passed
	maxAsks = 4   // for one output, over outages and refusals
)

// call is a function call as the model made it.
type call struct {
	id, name, arguments string
	response, item      string // who made it, and its item; "" if unknown
}

// same reports whether two announcements are of one call. Some servers use the ids of
// calls again in later responses.
func (c *call) same(d *call) bool {
	return c.id == d.id && (c.response == d.response || c.item != "" && c.item == d.item)
}

// owed is a call until a response that has seen its output has ended.
type owed struct {
	call

	stage     stage
	output    string // the id of the output's item
	by        string // the response that has seen the output
	asks      int    // requests for a response that has seen it
	uncertain bool   // the outcome of the last one is unknown
	assumed   bool   // the server has not confirmed the output
	epoch     int    // of the table, when the output was sent
	cancel    func() // ends the wait for the server's answer; nil when nothing waits
	news      chan struct{}
}

// asking is a request for a response.
type asking struct {
	rows    []*owed
	id      string        // the response, once the server has created it
	refused bool          // because of a response that the table does not know
	crossed bool          // a response has begun since, which may be this one
	passed  bool          // another response has ended since
	epoch   int           // of the table, when it was made
	over    chan struct{} // closed when the table has let go of it
	cancel  func()
}

// release lets go of the request for a response.
func (t *table) release() {
	if a := t.asked; a != nil {
		t.asked = nil
		close(a.over)
		a.cancel()
	}
}

// called enters a call. It returns nil when the call is not to be run.
func (t *table) called(c *call) *owed {
	t.forget(c)
	known := func(d *call) bool { return c.same(d) }
	if c.id == "" || slices.Contains(t.apart, c.response) ||
		slices.ContainsFunc(t.past, func(d call) bool { return known(&d) }) ||
		slices.ContainsFunc(t.rows, func(row *owed) bool { return row.id == c.id }) {
		return nil
	}
	t.past = within(append(t.past, *c))
	row := &owed{call: *c, news: make(chan struct{}, 1)}
	t.rows = append(t.rows, row)
	return row
}

// announce notes a call that is run at the end of its response, unless it is called
// before. The arguments of a response that is cut off are, too.
func (t *table) announce(c *call) {
	t.forget(c)
	if !slices.Contains(t.apart, c.response) {
		t.announced = within(append(t.announced, *c))
	}
}

// forget drops the announcement of a call.
func (t *table) forget(c *call) {
	t.announced = slices.DeleteFunc(t.announced, func(d call) bool { return c.same(&d) })
}

// claim moves a call from running to sent. It reports whether the call was running.
func (t *table) claim(row *owed) bool {
	if row.stage != running {
		return false
	}
	row.stage, row.epoch = sent, t.epoch
	return true
}

// confirm notes that the conversation holds the output of a call.
func (t *table) confirm(row *owed) {
	if row.stage == sent {
		row.stage = confirmed
		row.wake()
	}
}

// assume takes an output for confirmed, since the server does not answer.
func (t *table) assume(row *owed) {
	row.assumed = row.stage == sent
	t.confirm(row)
}

// drop ends what is owed.
func (t *table) drop(row *owed) {
	t.rows = slices.DeleteFunc(t.rows, func(r *owed) bool { return r == row })
	row.stage = gone
	row.wake()
}

// wake lets the goroutine of a call look at it again, and ends its wait for an answer.
func (row *owed) wake() {
	if row.cancel != nil {
		row.cancel()
	}
	row.signal()
}

// signal lets the goroutine of a call look at it again, if it waits for nothing else.
func (row *owed) signal() {
	select {
	case row.news <- struct{}{}:
	default:
	}
}

// created notes that a response has begun.
func (t *table) created(r *api.Response) {
	if r.ConversationID.IsNull() {
		t.apart = within(append(t.apart, r.ID))
		return
	}
	t.active, t.busy, t.held = r.ID, true, free
	if a := t.asked; a != nil {
		if a.crossed = true; a.id == r.ID || a.refused {
			t.release()
		}
	}
	for _, row := range slices.Clone(t.rows) {
		switch {
		case row.stage == confirmed && !t.down: // Otherwise the output may still be on its way.
			row.stage, row.by = seen, r.ID
		case row.stage == seen:
			t.drop(row)
		}
	}
}

// ended notes that a response has ended. It returns the calls to run that nothing but
// this event has shown to be whole, of the functions that takes accepts.
func (t *table) ended(r *api.Response, takes func(name string) bool) (calls []*owed) {
	whole := slices.Clone(t.announced)
	if beside := slices.Index(t.apart, r.ID); beside >= 0 || r.ConversationID.IsNull() {
		if beside >= 0 {
			t.apart = slices.Delete(t.apart, beside, beside+1)
		}
		t.announced = slices.DeleteFunc(t.announced, func(c call) bool { return c.response == r.ID })
		return nil
	}
	for _, item := range r.Output {
		if f, ok := item.(*api.FunctionCall); ok && f != nil {
			c := callOf(f, r.ID)
			whole = slices.DeleteFunc(whole, func(d call) bool { return c.same(&d) })
			if complete(f) {
				whole = append(whole, *c)
			}
		}
	}
	for i := range whole {
		if whole[i].response == r.ID && r.Status == api.ResponseStatusCompleted && takes(whole[i].name) {
			if row := t.called(&whole[i]); row != nil {
				calls = append(calls, row)
			}
		}
	}
	t.announced = slices.DeleteFunc(t.announced, func(c call) bool { return c.response == r.ID })
	t.over(r)
	return calls
}

// over notes the end of a response of the conversation.
func (t *table) over(r *api.Response) {
	if t.active == r.ID {
		t.busy = false
	}
	if r.Status == api.ResponseStatusCancelled {
		t.held = byProgram
		if d, ok := r.StatusDetails.Get(); ok && d.Reason != nil && *d.Reason == api.ResponseStatusReasonTurnDetected {
			t.held = byVoice
		}
	}
	for _, row := range slices.Clone(t.rows) {
		if row.stage == seen && row.by == r.ID {
			t.drop(row)
		}
	}
	if a := t.asked; a != nil && (a.id == "" || a.id == r.ID) {
		// A response that has begun and ended since we asked is ours, or the reason for a
		// refusal, even if the server echoes no tag and Request cannot know.
		if a.passed = true; a.crossed || a.refused {
			t.release()
		}
	}
}

// added notes that the server has added an item.
func (t *table) added(item api.Item) {
	output, ok := item.(*api.FunctionCallOutput)
	if !ok || output == nil {
		return
	}
	id := api.ItemID(output)
	for _, row := range t.rows {
		if row.stage != sent && row.stage != confirmed ||
			(id == "" || row.output != id) && row.id != output.CallID {
			continue
		}
		if row.assumed = false; id != "" {
			row.output = id
		}
		t.confirm(row)
	}
}

// deleted notes that an item is gone.
func (t *table) deleted(id string) {
	for _, row := range slices.Clone(t.rows) {
		if id != "" && row.output == id && row.stage != running {
			t.drop(row)
		}
	}
}

// reconnecting notes that the connection is lost.
func (t *table) reconnecting() { t.down, t.fresh = true, false }

// renewed notes that the server has begun a new session. Its events come from now on,
// although the session is given the conversation first.
func (t *table) renewed() {
	if !t.down {
		return // It is the first one.
	}
	t.fresh = true
	t.reset()
	for _, row := range t.rows {
		if row.uncertain = false; row.stage == seen {
			row.stage = confirmed // The response that has seen it was cut off.
		}
	}
}

// reset forgets what ends with a connection.
func (t *table) reset() {
	t.busy, t.announced, t.apart = false, nil, nil
	if t.asked != nil && (t.asked.id != "" || t.asked.refused) {
		t.release()
	}
}

// reconnected notes that the session continues over a new connection, to which it has
// sent what the old one did not answer. It returns the calls whose outputs are lost.
func (t *table) reconnected(e *realtime.Reconnected) (lost []*owed) {
	if !t.fresh {
		t.reset()
	}
	if t.held == byVoice && t.fresh {
		t.held = free // The speech is lost with the old connection.
	}
	t.down = false
	t.epoch++
	for _, row := range slices.Clone(t.rows) {
		gone := slices.ContainsFunc(e.Lost, func(l realtime.LostItem) bool {
			return l.CallID == row.id || l.ID != "" && l.ID == row.output
		})
		switch {
		case row.stage == running:
		case gone:
			t.drop(row)
			lost = append(lost, row)
		case row.stage == seen && !t.fresh:
			t.drop(row) // That response goes on at the server.
		case row.output != "" && slices.Contains(e.Restored, row.output):
			row.assumed = false
			t.confirm(row)
		default:
			row.signal() // The session sends it again, or its goroutine does.
		}
	}
	return lost
}

// due returns the calls for whose outputs the model is to be asked now.
func (t *table) due() (rows []*owed) {
	if t.busy || t.held != free || t.down || t.asked != nil {
		return nil
	}
	open := map[string]bool{}
	for _, row := range t.rows {
		if row.stage == sent {
			return nil // The response would see it, and the table could not know.
		}
		open[row.response] = open[row.response] || row.stage == running
	}
	for _, row := range t.rows {
		if row.stage == confirmed && !open[row.response] {
			rows = append(rows, row)
		}
	}
	return rows
}

// within keeps the latest of a list.
func within[T any](list []T) []T { return slices.Delete(list, 0, max(0, len(list)-maxPast)) }

// callOf returns the call that an item of a response is.
func callOf(f *api.FunctionCall, response string) *call {
	return &call{id: f.CallID, name: f.Name, arguments: f.Arguments, response: response, item: api.ItemID(f)}
}

// complete reports whether the arguments of a call are whole.
func complete(f *api.FunctionCall) bool {
	return f.Status == nil || *f.Status == api.ItemStatusCompleted
}

// unanswered drops the calls for which the model was asked and will not go on.
func (t *table) unanswered(a *asking) (rows []*owed) {
	for _, row := range a.rows {
		if row.stage == confirmed {
			t.drop(row)
			rows = append(rows, row)
		}
	}
	return rows
}

// unsure takes back that a response has seen outputs which the server never confirmed:
// it refused ours because of that response, which may have begun before them.
func (t *table) unsure(a *asking) {
	for _, row := range a.rows {
		if row.stage == seen && row.assumed {
			row.stage = confirmed
		}
	}
}

// settleUncertain drops the calls for which the model was asked before an outage that
// the conversation outlived: a response that runs unknown to the table is theirs.
func (t *table) settleUncertain(a *asking) {
	for _, row := range a.rows {
		if row.stage == confirmed && row.uncertain && !t.busy {
			t.drop(row)
		}
	}
}
