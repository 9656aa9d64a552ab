package realtime

import (
	"errors"
	"fmt"
	"maps"
	"net/url"

	"github.com/voicelane/realtime-go/internal/address"
)

// endpoint returns the address of a target, before Config.RewriteURL. Exact, unless
// empty, is dialed instead, and more is added to the query.
func (s *settings) endpoint(t Target, exact string, more url.Values) (*url.URL, error) {
	if t == nil {
		return nil, errors.New("realtime: no target")
	}
	q := url.Values{}
	if err := t.route(q, s.azure); err != nil {
		return nil, err
	}
	if err := checkQuery(more, exact); err != nil {
		return nil, err
	}
	if exact != "" {
		u, err := address.Parse(exact, s.plain)
		return address.From(u, err, "Options.URL")
	}
	u := s.base.JoinPath("realtime")
	if t.kind() == kindTranslation {
		u = u.JoinPath("translations")
	}
	// JoinPath drops a trailing slash of the base and keeps its query.
	all := u.Query()
	maps.Copy(all, more)
	maps.Copy(all, q)
	u.RawQuery = all.Encode()
	return u, nil
}

// checkQuery returns an error for parameters that cannot be added to an address.
func checkQuery(q url.Values, exact string) error {
	if exact != "" && len(q) > 0 {
		return errors.New("realtime: Options.Query has no place in Options.URL, which is dialed as it is")
	}
	for _, name := range address.Routing {
		if q.Has(name) {
			return fmt.Errorf("realtime: Options.Query cannot set %s, which the target does", name)
		}
	}
	return nil
}

// rewritten applies Config.RewriteURL. A change of more than path and query is an
// error.
func (s *settings) rewritten(u *url.URL) (*url.URL, error) {
	if s.rewrite == nil {
		return u, nil
	}
	v := *u
	if err := s.rewrite(&v); err != nil {
		return nil, fmt.Errorf("realtime: Config.RewriteURL: %w", err)
	}
	if v.Scheme != u.Scheme || v.Host != u.Host || v.User != nil || v.Opaque != "" {
		return nil, errors.New("realtime: Config.RewriteURL changed more than path and query")
	}
	v.Fragment, v.RawFragment = "", ""
	return &v, nil
}
