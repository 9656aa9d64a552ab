// Package ticket makes and checks tokens that a program gives a carrier with the answer to
// a call, and that come back with the call's media stream. A token is bound to the call and
// expires; no state is kept.
package ticket

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"time"
)

// life is how long a carrier may take from the answer to the stream.
const life = 2 * time.Minute

// Signer makes tokens and checks them.
type Signer struct{ key []byte }

// New returns a signer, whose tokens other signers with the same key accept. Without a key
// it makes one of its own.
func New(key []byte) *Signer {
	if len(key) == 0 {
		key = make([]byte, 32)
		_, _ = rand.Read(key) // It never fails.
	}
	return &Signer{key}
}

// Issue returns a token for a call: 54 letters, digits, "-" and "_".
func (s *Signer) Issue(call string, now time.Time) string {
	var b [8 + sha256.Size]byte
	binary.BigEndian.PutUint64(b[:], uint64(now.Add(life).Unix())) //nolint:gosec // Times are after 1970.
	return base64.RawURLEncoding.EncodeToString(append(b[:8], s.sum(b[:8], call)...))
}

// Check reports whether a token was issued for the call and has not expired.
func (s *Signer) Check(token, call string, now time.Time) bool {
	if len(token) > 64 {
		return false
	}
	b, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(b) != 8+sha256.Size {
		return false
	}
	expiry := binary.BigEndian.Uint64(b)
	return hmac.Equal(b[8:], s.sum(b[:8], call)) && uint64(now.Unix()) <= expiry //nolint:gosec // As above.
}

func (s *Signer) sum(expiry []byte, call string) []byte {
	h := hmac.New(sha256.New, s.key)
	h.Write(expiry)
	h.Write([]byte(call))
	return h.Sum(nil)
}
