package realtimetest

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest/internal/protocol"
)

// checkCredential accepts client secrets until they expire, and checks other keys
// by [Config.Credentials].
func (a *restAPI) checkCredential(c Credential) error {
	switch valid, issued := a.secretState(c.Key); {
	case c.Key != "" && (c.Scheme == schemeBasic) != (a.cfg.Like != nil && a.cfg.Like.Basic):
		return errors.New("the credential is of another scheme than the server's")
	case valid:
		return nil
	case issued:
		return errors.New("the client secret has expired")
	case a.cfg.Credentials != nil:
		return a.cfg.Credentials(c)
	case c.Key == "" && !a.cfg.Like.TakesNoKey():
		return errors.New("the request has no API key; Config.Credentials can accept it")
	default:
		return nil
	}
}

// secretPrefix is the kind of the ids that are client secrets.
const secretPrefix = "ek_test"

// secretState reports whether a key is a client secret that is valid, and whether it is
// one that the server has issued. Expired ones are known by their number alone.
func (a *restAPI) secretState(key string) (valid, issued bool) {
	now := a.cfg.Clock.Now()
	a.mu.Lock()
	defer a.mu.Unlock()
	s := a.secrets[key]
	return s != nil && now.Before(s.expires), a.issuedLocked(secretPrefix, key)
}

// resolve returns t with the preset of its client secret.
func (a *restAPI) resolve(t target, c Credential) target {
	a.mu.Lock()
	secret := a.secrets[c.Key]
	a.mu.Unlock()
	var preset api.SessionConfig
	if secret != nil {
		preset, t.translated = secret.session, secret.translation
	}
	return t.withPreset(preset)
}

func (a *restAPI) createSecret(w http.ResponseWriter, r *restRequest) *protocol.Failure {
	var q api.ClientSecretRequest
	if f := a.decodeBody(r, &q); f != nil {
		return f
	}
	full, f := a.preview(q.Session)
	if f != nil {
		return f
	}
	value, expires := a.issue(q.ExpiresAfter, &secret{session: q.Session})
	body, err := json.Marshal(api.ClientSecret{Value: value, ExpiresAt: expires, Session: full})
	return reply(w, body, err)
}

func (a *restAPI) createTranslationSecret(w http.ResponseWriter, r *restRequest) *protocol.Failure {
	var q api.TranslationClientSecretRequest
	if f := a.decodeBody(r, &q); f != nil {
		return f
	}
	value, expires := a.issue(q.ExpiresAfter, &secret{translation: &q.Session})
	session, err := json.Marshal(q.Session)
	created := api.TranslationClientSecret{Value: value, ExpiresAt: expires}
	if err == nil {
		err = created.Session.UnmarshalJSON(session)
	}
	created.Session.ID = a.newID("sess_translation")
	created.Session.ExpiresAt = a.cfg.Clock.Now().Add(defaultLife).Unix()
	if err != nil {
		return reply(w, nil, err)
	}
	body, err := json.Marshal(created)
	return reply(w, body, err)
}

// issue registers a secret and returns its value and expiry.
func (a *restAPI) issue(after *api.ClientSecretExpiry, s *secret) (value string, expires int64) {
	seconds := 600
	if after != nil && after.Seconds != nil {
		seconds = *after.Seconds
	}
	s.expires = a.cfg.Clock.Now().Add(time.Duration(seconds) * time.Second)
	value = a.newID(secretPrefix)
	now := a.cfg.Clock.Now()
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.secrets == nil {
		a.secrets = map[string]*secret{}
	}
	maps.DeleteFunc(a.secrets, func(_ string, s *secret) bool { return !now.Before(s.expires) })
	a.secrets[value] = s
	return value, s.expires.Unix()
}

// expireSecrets expires the secrets that were issued so far.
func (a *restAPI) expireSecrets() {
	a.mu.Lock()
	defer a.mu.Unlock()
	clear(a.secrets)
}
