package base64_test

import (
	stdbase64 "encoding/base64"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/internal/base64"
)

// TestNothingBeyond places src and dst at the end of a page before unmapped memory, so
// that any access beyond them crashes the test.
func TestNothingBeyond(t *testing.T) {
	t.Parallel()
	src, dst := guarded(t), guarded(t)
	copy(src, random(len(src)))
	for n := range 300 {
		from := src[len(src)-n:]
		to := dst[len(dst)-base64.EncodedLen(n):]
		base64.Encode(to, from)
		require.Equal(t, stdbase64.StdEncoding.EncodeToString(from), string(to))
	}
}

// guarded returns a page that is followed by an inaccessible page.
func guarded(t *testing.T) []byte {
	t.Helper()
	page := syscall.Getpagesize()
	p, err := syscall.Mmap(-1, 0, 2*page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE|syscall.MAP_ANON)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, syscall.Munmap(p)) })
	require.NoError(t, syscall.Mprotect(p[page:], syscall.PROT_NONE))
	return p[:page:page]
}
