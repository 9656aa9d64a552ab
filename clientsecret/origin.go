package clientsecret

import (
	"fmt"
	"net/http"
	"slices"
)

// origins decides whose pages may ask, and tells their browsers.
type origins struct {
	listed []string
	check  *http.CrossOriginProtection
}

func newOrigins(listed []string) (*origins, error) {
	o := &origins{listed: listed, check: http.NewCrossOriginProtection()}
	for _, origin := range listed {
		if err := o.check.AddTrustedOrigin(origin); err != nil {
			return nil, fmt.Errorf("clientsecret: Config.Origins: %w", err)
		}
	}
	return o, nil
}

// allow lets the browser give the response to a page of a listed origin.
func (o *origins) allow(w http.ResponseWriter, r *http.Request) (listed bool) {
	if len(o.listed) == 0 {
		return false
	}
	h := w.Header()
	h.Add("Vary", "Origin")
	origin := r.Header.Get("Origin")
	if !slices.Contains(o.listed, origin) {
		return false
	}
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Allow-Credentials", "true")
	h.Set("Access-Control-Expose-Headers", "Retry-After")
	return true
}

// preflight answers the question of a browser whether a page of a listed origin may ask.
func preflight(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Access-Control-Allow-Methods", http.MethodPost)
	if asked := r.Header.Get("Access-Control-Request-Headers"); asked != "" {
		h.Set("Access-Control-Allow-Headers", asked)
	}
	h.Set("Access-Control-Max-Age", "600")
	w.WriteHeader(http.StatusNoContent)
}
