package fleet

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/calls"
	"github.com/voicelane/realtime-go/fleet/internal/natsmodel"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest"
)

// play is a schedule that is played.
type play struct {
	t       *testing.T
	s       *schedule
	servers *natsmodel.Servers
	vendor  *realtimetest.Server
	began   time.Time

	mu      sync.Mutex
	places  []*member                 // guarded by mu; the latest of each place
	members []*member                 // guarded by mu; all
	played  []*played                 // guarded by mu; by number
	byID    map[string]*played        // guarded by mu
	owners  map[string]map[int]string // guarded by mu; by call and epoch
	excused time.Time                 // guarded by mu; until then two sessions are none of ours
	log     []string                  // guarded by mu
	broken  []string                  // guarded by mu
	tally                             // guarded by mu
}

// played is a call.
type played struct {
	script script
	id     string
	in     *api.RealtimeCallIncoming
	phone  *realtimetest.PhoneCall

	asked   bool           // guarded by play.mu; the program wants to hang up
	effects map[string]int // guarded by play.mu; by tool
	runs    []*ran         // guarded by play.mu
}

// ran is a Run.
type ran struct {
	m     *member
	epoch int
	call  *calls.Call
	over  bool // guarded by play.mu
}

func newPlay(t *testing.T, s *schedule) *play {
	t.Helper()
	x := &play{
		t: t, s: s, began: time.Now(), byID: map[string]*played{}, owners: map[string]map[int]string{},
		servers: natsmodel.New(s.seed, defaultLease, 5*time.Second, pullFor),
		vendor:  realtimetest.New(nil),
	}
	x.servers.Wrote, x.servers.Acked = x.wrote, x.acked
	for i := range s.workers {
		x.places = append(x.places, x.start(i))
	}
	return x
}

func (x *play) note(format string, args ...any) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.noteLocked(format, args...)
}

func (x *play) noteLocked(format string, args ...any) {
	x.log = append(x.log, fmt.Sprintf("%7.3f s  ", time.Since(x.began).Seconds())+fmt.Sprintf(format, args...))
}

// breaks records a promise that was broken. The lock is held.
func (x *play) breaks(format string, args ...any) {
	x.broken = append(x.broken, fmt.Sprintf(format, args...))
	x.noteLocked("BROKEN: "+format, args...)
}

// run plays the schedule, heals all, and judges.
func (x *play) run() {
	var all sync.WaitGroup
	for i, c := range x.s.calls {
		p := &played{script: c, effects: map[string]int{}}
		x.played = append(x.played, p)
		all.Go(func() { x.ring(i, p) })
	}
	for _, a := range x.s.acts {
		time.Sleep(time.Until(x.began.Add(a.at)))
		x.note("%s: %d, %s", a.what, a.who, a.span)
		all.Go(func() { x.do(a) })
	}
	time.Sleep(time.Until(x.began.Add(horizon)))
	all.Wait()
	x.note("all is well again")
	x.judge()
	x.close()
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.broken) > 0 {
		x.t.Errorf("%s\n%s\n%s\nrun it again: go test ./fleet -run RandomSchedules -seed %d", strings.Join(x.broken, "\n"), x.s, strings.Join(x.log, "\n"), x.s.seed)
	}
}

// do does one thing to the fleet, and undoes it.
func (x *play) do(a act) {
	switch a.what {
	case actKill:
		old := x.at(a.who)
		old.kill()
		time.Sleep(a.span)
		x.put(a.who, x.start(a.who))
	case actDeploy:
		old := x.at(a.who)
		x.put(a.who, x.start(a.who))
		old.stop()
	case actCut, actMinority, actStall:
		m := x.at(a.who)
		state := map[string]natsmodel.State{actCut: natsmodel.Cut, actMinority: natsmodel.Minority, actStall: natsmodel.Stalled}[a.what]
		m.conn.Set(state)
		if a.what == actStall {
			x.excuse(a.span)
		}
		time.Sleep(a.span)
		m.conn.Set(natsmodel.Up)
		x.note("%s can be reached again", m.id)
	case actRestart:
		x.servers.Stop()
		time.Sleep(a.span)
		x.servers.Start()
		x.note("the servers are back")
	case actJump:
		if a.span > 0 {
			x.excuse(0)
		}
		x.servers.Jump(a.span)
	case actOffer:
		if p := x.called(a.who); p != nil {
			_ = x.at(a.who % x.s.workers).fleet.Offer(p.in) // The service may repeat it at any time.
		}
	case actStray:
		x.stray(a.who)
	case actSideband:
		if p := x.called(a.who); p != nil {
			for _, c := range p.phone.Sidebands() {
				c.Cut()
			}
		}
	}
}

// excuse allows two sessions of a call for a span and the lease after it: an acknowledgement that
// arrives late, or a clock that steps forward, gives away a call whose worker is well.
func (x *play) excuse(span time.Duration) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if until := time.Now().Add(span + defaultLease + time.Second); until.After(x.excused) {
		x.excused = until
	}
}

// stray stores a call in the shard that it is not in.
func (x *play) stray(who int) {
	p := x.called(who)
	if p == nil {
		return
	}
	body, err := p.in.MarshalJSON()
	assert.NoError(x.t, err)
	f := x.at(0).fleet
	other := fmt.Sprintf("%s.job.%d.%s", f.names.prefix, 1-f.names.shard(p.id), token(p.id))
	ctx, cancel := context.WithTimeout(context.Background(), offerWithin)
	defer cancel()
	_, _ = f.js.Publish(ctx, other, body) // As good as lost.
}

func (x *play) called(n int) *played {
	x.mu.Lock()
	defer x.mu.Unlock()
	if p := x.played[n]; p.id != "" {
		return p
	}
	return nil
}

func (x *play) at(place int) *member {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.places[place]
}

func (x *play) put(place int, m *member) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.places[place] = m
}

// ring places a call, delivers its webhook until it is stored, and is the caller.
func (x *play) ring(n int, p *played) {
	time.Sleep(p.script.at)
	hook := &webhook{}
	phone, err := x.vendor.Ring(context.Background(), &realtimetest.Ringing{
		URL: "http://app.example/hook", Secret: "whsec_c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0", Client: &http.Client{Transport: hook}, From: "+1", To: "desk",
	})
	if !assert.NoError(x.t, err) {
		return
	}
	in := &api.RealtimeCallIncoming{}
	assert.NoError(x.t, in.UnmarshalJSON(hook.body))
	x.mu.Lock()
	p.id, p.in, p.phone = phone.ID(), in, phone
	x.byID[p.id] = p
	x.noteLocked("call %d is %s", n, p.id)
	x.mu.Unlock()
	for i := n; ; i++ {
		m := x.at(i % x.s.workers)
		if err = m.fleet.Offer(in); err == nil {
			break
		}
		x.note("%s does not store %s: %v", m.id, p.id, err)
		time.Sleep(500 * time.Millisecond)
	}
	x.note("%s is stored", p.id)
	if !p.script.hangsUp {
		time.Sleep(time.Until(x.began.Add(p.script.at + p.script.length)))
		x.note("the caller of %s hangs up", p.id)
		phone.HangUp()
	}
}

// webhook keeps the body of a webhook.
type webhook struct{ body []byte }

func (h *webhook) RoundTrip(r *http.Request) (*http.Response, error) {
	var err error
	h.body, err = io.ReadAll(r.Body)
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Request: r}, err
}

// wrote holds writers of the bucket to it that one owner writes in each epoch.
func (x *play) wrote(by, key string, before, after []byte) {
	x.mu.Lock()
	defer x.mu.Unlock()
	was, isNew := entry{}, before == nil
	if !isNew {
		was, _ = decodeEntry(before) // It was checked when it was written.
	}
	if after == nil {
		x.noteLocked("%s removes the state of %s", by, key)
		if was.Owner != by {
			x.breaks("%s has removed the state of %s, which is %q's", by, key, was.Owner)
		}
		return
	}
	is, err := decodeEntry(after)
	if err != nil {
		x.breaks("%s has written no state of %s: %v", by, key, err)
		return
	}
	if !bytes.Equal(before, after) && was.Phase != is.Phase || was.Owner != is.Owner {
		x.noteLocked("%s writes %s: %s, epoch %d, of %q", by, key, is.Phase, is.Epoch, is.Owner)
	}
	switch {
	case is.Epoch == was.Epoch+1 && is.Owner == by: // A claim.
		x.Claims++
		if isNew {
			x.owners[key] = map[int]string{} // The one before was removed: its job was over.
		}
		if o := x.owners[key][is.Epoch]; o != "" {
			x.breaks("epoch %d of %s has two owners, %s and %s", is.Epoch, key, o, by)
		}
		x.owners[key][is.Epoch] = by
	case is.Epoch != was.Epoch:
		x.breaks("%s has taken %s from epoch %d to %d", by, key, was.Epoch, is.Epoch)
	case was.Owner != by:
		x.breaks("%s has written the state of %s, which is %q's", by, key, was.Owner)
	}
	for id := range was.Tools {
		// One whose record was not confirmed has not begun, and goes.
		if _, ok := is.Tools[id]; !ok && x.byID[key].effects[id] > 0 {
			x.breaks("%s has forgotten tool %s of %s", by, id, key)
		}
	}
}

// acked holds acknowledgements to it that the state went before.
func (x *play) acked(by, subject string, shard int, seq uint64, state []byte) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.noteLocked("%s acknowledges %s", by, subject)
	if e, err := decodeEntry(state); state != nil && err == nil && e.Job == jobName(shard, seq) {
		x.breaks("%s has acknowledged %s, whose state is there, of epoch %d", by, subject, e.Epoch)
	}
}

// judge waits for the ends of all calls, and for the end of all that the servers hold.
func (x *play) judge() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	for _, p := range x.played { // All were called by now.
		end, err := p.phone.Ended(ctx)
		x.mu.Lock()
		x.Calls++
		switch {
		case err != nil:
			x.breaks("%s is lost: it goes on", p.id)
		case end.By == realtimetest.EndCaller, end.By == realtimetest.EndHangup && p.asked:
		default:
			x.breaks("%s is lost: it has ended as %s %d", p.id, end.By, end.Code)
		}
		for id, n := range p.effects {
			if n > 1 {
				x.breaks("tool %s of %s had its effect %d times", id, p.id, n)
			}
		}
		x.mu.Unlock()
	}
	for ctx.Err() == nil && len(x.servers.Left()) > 0 {
		time.Sleep(time.Second)
	}
	if left := x.servers.Left(); len(left) > 0 {
		x.mu.Lock()
		x.breaks("what is left on the servers: %s", strings.Join(left, ", "))
		x.mu.Unlock()
	}
}

// close ends all, so that the bubble can end.
func (x *play) close() {
	for _, m := range x.members {
		m.stop()
	}
	for _, m := range x.members {
		require.NoError(x.t, <-m.worked)
		m.client.Wait()
		m.rt.CloseIdleConnections()
	}
	x.vendor.Close()
	time.Sleep(time.Minute) // Requests without a caller end.
}

var errKilled = errors.New("the process was killed")
