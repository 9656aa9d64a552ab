package wirepaths

import (
	"fmt"
	"slices"
	"strings"
)

// Union is the name of a component that is a union of events, and the prefix of its
// events' roots.
type Union struct {
	Prefix, Component string
}

// Scope selects the parts of a document that [Collect] lists.
type Scope struct {
	Unions []Union
	// Path and Webhook select operations and webhooks by their names in the document.
	// Nil selects all.
	Path, Webhook func(name string) bool
	// WebhookTypes makes the constant type of its body the name of a webhook, since the
	// name in the document is not on the wire.
	WebhookTypes bool
	// LoneArms treats a schema with a discriminator and a single arm as a union, so
	// that adding a second arm does not change the paths of the first.
	LoneArms bool
}

// Flatten returns the wire paths of a document: of the events in the unions, of the
// webhooks, and of the operations under the given paths, or of all operations if none
// are given.
func Flatten(doc *Document, unions []Union, paths ...string) (Set, error) {
	scope := Scope{Unions: unions}
	if len(paths) > 0 {
		scope.Path = func(path string) bool { return slices.Contains(paths, path) }
	}
	return Collect(doc, scope)
}

// Collect returns the wire paths of the parts of the document that scope selects.
func Collect(doc *Document, scope Scope) (Set, error) {
	w := &walker{doc: doc, set: Set{}, loneArms: scope.LoneArms}
	for _, u := range scope.Unions {
		if err := w.events(u); err != nil {
			return nil, err
		}
	}
	for name, item := range sorted(doc.root.object("webhooks")) {
		if err := w.webhook(name, item.object("post").object("requestBody"), scope); err != nil {
			return nil, err
		}
	}
	for path, item := range sorted(doc.root.object("paths")) {
		if scope.Path != nil && !scope.Path(path) {
			continue
		}
		for method, op := range sorted(item) {
			if op["responses"] == nil {
				continue // Not an operation but, for example, the parameters of the path.
			}
			at := "#/paths/" + escape(path) + "/" + method
			if err := w.operation(strings.ToUpper(method)+" "+path, at, item, op); err != nil {
				return nil, err
			}
		}
	}
	return w.set, nil
}

func (w *walker) events(u Union) error {
	union := w.doc.schema(u.Component)
	if union == nil {
		return fmt.Errorf("wirepaths: no component %s", u.Component)
	}
	return w.eventsOf(u.Prefix, union, "#/components/schemas/"+escape(u.Component), nil)
}

// eventsOf adds the events of the union at a JSON pointer, and of the unions among its
// arms. outer has the pointers of the unions around it.
func (w *walker) eventsOf(prefix string, union object, at string, outer []string) error {
	if slices.Contains(outer, at) {
		return nil // A union that contains itself has no other events.
	}
	outer = append(outer, at)
	for _, a := range union.arms() {
		constant, err := w.constantLabels(union, a)
		if err != nil {
			return err
		}
		inner, where, err := w.unionIn(a.schema, at+a.at)
		switch {
		case err != nil:
			return err
		case inner != nil && constant == nil:
			if err := w.eventsOf(prefix, inner, where, outer); err != nil {
				return err
			}
			continue
		}
		labels, err := w.labels(union, a)
		if err != nil {
			return err
		}
		if labels == nil {
			labels = []label{{text: a.unnamed()}}
		}
		for _, l := range labels {
			name, _, _ := strings.Cut(l.text, "/")
			w.root(prefix + " " + name)
			if err := w.named(a, "", l, state{at: at + a.at}); err != nil {
				return err
			}
		}
	}
	return nil
}

// unionIn returns the union that an arm of a union is, and its JSON pointer, or nil.
func (w *walker) unionIn(s object, at string) (object, string, error) {
	for range maxDepth {
		target, refs, err := w.doc.deref(s)
		if err != nil {
			return nil, "", err
		}
		if len(refs) > 0 {
			at = refs[len(refs)-1]
		}
		switch arms, all := target.arms(), target.objects("allOf"); {
		case len(arms) > 1, len(arms) == 1 && target.object("discriminator") != nil:
			return target, at, nil
		case len(arms) == 1:
			s, at = arms[0].schema, at+arms[0].at
		case len(all) == 1 && target["properties"] == nil:
			s, at = all[0], at+"/allOf/0"
		default:
			return nil, "", nil
		}
	}
	return nil, "", fmt.Errorf("wirepaths: %s contains itself", at)
}

// webhook adds the paths of a webhook's body.
func (w *walker) webhook(name string, body object, scope Scope) error {
	if scope.Webhook != nil && !scope.Webhook(name) {
		return nil
	}
	at := "#/webhooks/" + escape(name) + "/post/requestBody"
	if !scope.WebhookTypes {
		return w.bodies("webhook "+name, at, body)
	}
	for media, content := range sorted(body.object("content")) {
		s, refs, err := w.doc.deref(content.object("schema"))
		if err != nil {
			return err
		}
		st := state{at: at + "/content/" + escape(media) + "/schema"}
		if len(refs) > 0 {
			st.at = refs[len(refs)-1]
		}
		arms := s.arms()
		if arms == nil {
			arms = []arm{{schema: s}}
		}
		for _, a := range arms {
			labels, err := w.labels(nil, a)
			if err != nil {
				return err
			}
			if labels == nil {
				labels = []label{{text: name}}
			}
			for _, l := range labels {
				w.root("webhook " + l.text)
				if err := w.named(a, "", l, state{at: st.at + a.at}); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// operation adds the paths of an operation's parameters, request and responses.
func (w *walker) operation(name, at string, item, op object) error {
	w.root(name)
	w.node("").place(Place{At: at, Schema: at})
	if id, ok := op["operationId"].(string); ok {
		put(&w.node("").Notes, "operationId", id)
	}
	for _, o := range []object{item, op} {
		for i, p := range o.objects("parameters") {
			param, _, err := w.doc.deref(p)
			if err != nil {
				return err
			}
			path := fmt.Sprintf(".%v(%v)", param["name"], param["in"])
			st := state{required: param["required"] == true, at: fmt.Sprintf("%s/parameters/%d", at, i)}
			if err := w.walk(param.object("schema"), path, st); err != nil {
				return err
			}
		}
	}
	if err := w.bodies(name+" request", at+"/requestBody", op.object("requestBody")); err != nil {
		return err
	}
	for code, r := range sorted(op.object("responses")) {
		if err := w.bodies(name+" "+code, at+"/responses/"+code, r); err != nil {
			return err
		}
	}
	return nil
}

// bodies adds the paths of the headers and of each content of a request or a response.
func (w *walker) bodies(name, at string, body object) error {
	if body == nil {
		return nil
	}
	body, refs, err := w.doc.deref(body)
	if err != nil {
		return err
	}
	if len(refs) > 0 {
		at = refs[len(refs)-1]
	}
	w.root(name)
	n := w.node("")
	n.place(Place{At: at, Schema: at})
	n.Required = n.Required || body["required"] == true
	for header, h := range sorted(body.object("headers")) {
		if h, _, err = w.doc.deref(h); err != nil {
			return err
		}
		if err := w.walk(h.object("schema"), "."+header+"(header)", state{at: at + "/headers/" + escape(header)}); err != nil {
			return err
		}
	}
	for media, content := range sorted(body.object("content")) {
		w.root(name + " " + media)
		st := state{at: at + "/content/" + escape(media) + "/schema"}
		if err := w.walk(content.object("schema"), "", st); err != nil {
			return err
		}
	}
	return nil
}
