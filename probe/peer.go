package probe

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/voicelane/realtime-go/realtime"
)

// object is a JSON object.
type object = map[string]any

// event is an event of the server.
type event struct {
	name    string
	members object
}

// text returns the text at a path of members; "" if there is none.
func (e event) text(path ...string) string {
	s, _ := e.at(path...).(string)
	return s
}

// at returns the value at a path of members; nil if there is none.
func (e event) at(path ...string) any {
	v := any(e.members)
	for _, name := range path {
		o, ok := v.(object)
		if !ok {
			return nil
		}
		v = o[name]
	}
	return v
}

// peer is one session with the server.
type peer struct {
	s     *realtime.RawSession
	o     *Options
	model string
	sent  int
	// seen are the events that arrived, in order.
	seen []event
}

func (p *peer) close() { _ = p.s.Close() }

// send sends an event with an id of its own, which it returns.
func (p *peer) send(ctx context.Context, name string, members object) (string, error) {
	p.sent++
	id := fmt.Sprintf("probe_%d", p.sent)
	all := object{"type": name, "event_id": id}
	maps.Copy(all, members)
	data, err := json.Marshal(all)
	if err != nil {
		return "", err
	}
	return id, p.s.Send(ctx, data)
}

// refusal is an error event.
type refusal struct{ event }

// Error names the code and the parameter. The message is left out, since it quotes what
// was sent.
func (r refusal) Error() string {
	parts := []string{"refused"}
	for _, name := range []string{"type", "code", "param"} {
		if s := r.text("error", name); s != "" {
			parts = append(parts, name+" "+printable(s))
		}
	}
	return strings.Join(parts, ", ")
}

// printable bounds a text that the server chose.
func printable(s string) string {
	const most = 60
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, s)
	if len(s) > most {
		s = s[:most] + "…"
	}
	return strings.ToValidUTF8(s, "")
}

// next returns the next event.
func (p *peer) next(ctx context.Context) (event, error) {
	data, err := p.s.Recv(ctx)
	if err != nil {
		return event{}, err
	}
	e := event{}
	if json.Unmarshal(data, &e.members) != nil || e.text("type") == "" {
		return event{}, errors.New("a message that is no event arrived")
	}
	e.name = e.text("type")
	p.seen = append(p.seen, e)
	return e, nil
}

// await returns the next event of one of the names. An error event is returned as a
// refusal, unless "error" is one of the names.
func (p *peer) await(ctx context.Context, names ...string) (event, error) {
	return p.awaitThat(ctx, func(e event) bool { return slices.Contains(names, e.name) }, names...)
}

// awaitThat returns the next event that matches.
func (p *peer) awaitThat(ctx context.Context, match func(event) bool, names ...string) (event, error) {
	ctx, cancel := context.WithTimeout(ctx, p.o.Wait)
	defer cancel()
	from := len(p.seen)
	for {
		e, err := p.next(ctx)
		switch {
		case errors.Is(err, context.DeadlineExceeded):
			return e, fmt.Errorf("no %s within %v%s", strings.Join(names, " or "), p.o.Wait, p.instead(from))
		case errors.Is(err, io.EOF):
			return e, errors.New("the server closed the connection" + p.instead(from))
		case err != nil:
			return e, err
		case match(e):
			return e, nil
		case e.name == "error":
			return e, refusal{e}
		}
	}
}

// instead names the events that arrived instead.
func (p *peer) instead(from int) string {
	var names []string
	for _, e := range p.seen[from:] {
		if name := printable(e.name); !slices.Contains(names, name) && len(names) < 6 {
			names = append(names, name)
		}
	}
	if names == nil {
		return ""
	}
	return "; instead came " + strings.Join(names, ", ")
}

// greeting waits for the session.
func (p *peer) greeting(ctx context.Context) error {
	e, err := p.await(ctx, "session.created", "transcription_session.created", "conversation.created", "session.updated")
	p.model = printable(e.text("session", "model"))
	return err
}

// request sends an event and waits for one of the names that answer it.
func (p *peer) request(ctx context.Context, name string, members object, answers ...string) (event, error) {
	if _, err := p.send(ctx, name, members); err != nil {
		return event{}, err
	}
	return p.await(ctx, answers...)
}

// update changes the session.
func (p *peer) update(ctx context.Context, change object) (event, error) {
	all := object{"type": "realtime"}
	maps.Copy(all, change)
	return p.request(ctx, "session.update", object{"session": all}, "session.updated")
}

// say adds a message of the user.
func (p *peer) say(ctx context.Context, text string) (event, error) {
	return p.item(ctx, object{"type": "message", "role": "user", "content": []object{{"type": "input_text", "text": text}}})
}

// confirmations are the events that confirm an item.
var confirmations = []string{"conversation.item.added", "conversation.item.created"}

// item adds an item.
func (p *peer) item(ctx context.Context, item object) (event, error) {
	return p.request(ctx, "conversation.item.create", object{"item": item}, confirmations...)
}

// respond asks for a response, and waits for its end.
func (p *peer) respond(ctx context.Context, response object) (event, error) {
	if _, err := p.request(ctx, "response.create", object{"response": response}, "response.created"); err != nil {
		return event{}, err
	}
	return p.await(ctx, "response.done")
}

// answer asks for a response in writing, and requires that it is complete.
func (p *peer) answer(ctx context.Context) (event, error) {
	done, err := p.respond(ctx, object{"output_modalities": []string{"text"}})
	return done, errors.Join(err, completed(done, err))
}

func completed(done event, err error) error {
	if status := done.text("response", "status"); err == nil && status != "completed" {
		return fmt.Errorf("the response ended as %s", printable(status))
	}
	return nil
}

// refused sends an event and requires that it is refused. The answers are those that
// would accept it.
func (p *peer) refused(ctx context.Context, name string, members object, answers ...string) error {
	e, err := p.request(ctx, name, members, append([]string{"error"}, answers...)...)
	if err == nil && e.name != "error" {
		err = errors.New("accepted")
	}
	return err
}
