package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/voicelane/realtime-go/cmd/eventgen/internal/diff"
)

const (
	fetchLimit   = 64 << 20
	fetchTimeout = 2 * time.Minute
)

// source reads documents from files and URLs.
type source struct {
	lock  string // The file that records the hashes of URLs, or "".
	save  string // The file to keep the fetched document in, or "".
	notes []string

	fetched map[string]string // Hashes by URL.
}

func sourceFlags(flags *flag.FlagSet) *source {
	s := &source{fetched: map[string]string{}}
	flags.StringVar(&s.lock, "lock", "", "`file` that records the hashes of documents from URLs; a difference is reported")
	flags.StringVar(&s.save, "save", "", "`file` to keep the document from a URL in, without the files that it refers to")
	return s
}

// document reads a file or a URL and the files that it refers to.
func (s *source) document(name string) (*diff.Document, error) {
	if !strings.Contains(name, "://") {
		name = filepath.ToSlash(name)
	}
	return diff.Read(name, func(part string) ([]byte, error) {
		data, err := s.read(part)
		if _, fetched := s.fetched[part]; err == nil && fetched && part == name && s.save != "" {
			err = os.WriteFile(s.save, data, 0o644) //nolint:gosec // A public document.
		}
		return data, err
	})
}

// read returns the content of a file or a URL.
func (s *source) read(name string) ([]byte, error) {
	if !strings.Contains(name, "://") {
		return os.ReadFile(name) //nolint:gosec // The caller chooses the file.
	}
	data, err := fetch(name)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(data)
	hash := hex.EncodeToString(sum[:])
	s.fetched[name] = hash
	if s.lock != "" {
		recorded, err := s.recorded(name)
		switch {
		case err != nil:
			return nil, err
		case recorded == "":
			s.notes = append(s.notes, fmt.Sprintf("%s has sha256 %s; none is recorded in %s", name, hash, s.lock))
		case recorded != hash:
			s.notes = append(s.notes, fmt.Sprintf("%s has sha256 %s; it was %s when it was imported", name, hash, recorded))
		}
	}
	return data, nil
}

// recorded returns the hash of a URL in the lock file, or "".
func (s *source) recorded(name string) (string, error) {
	data, err := os.ReadFile(s.lock)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(data)) {
		if hash, url, ok := strings.Cut(strings.TrimSpace(line), "  "); ok && url == name {
			return hash, nil
		}
	}
	return "", nil
}

// record writes the hashes of the fetched documents to the lock file, in the format of
// sha256sum.
func (s *source) record() error {
	if s.lock == "" || len(s.fetched) == 0 {
		return nil
	}
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(s.fetched)) {
		fmt.Fprintf(&text, "%s  %s\n", s.fetched[name], name)
	}
	return os.WriteFile(s.lock, []byte(text.String()), 0o644) //nolint:gosec // A public document.
}

// fetch reads a document over https, or over http from this machine.
func fetch(address string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), fetchTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return nil, err
	}
	if err := allowed(req.URL); err != nil {
		return nil, err
	}
	client := &http.Client{CheckRedirect: func(next *http.Request, via []*http.Request) error {
		if len(via) >= 5 {
			return errors.New("too many redirects")
		}
		return allowed(next.URL)
	}}
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", address, resp.Status)
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, fetchLimit+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", address, err)
	}
	if len(data) > fetchLimit {
		return nil, fmt.Errorf("%s: more than %d MiB", address, fetchLimit>>20)
	}
	return data, nil
}

func allowed(u *url.URL) error {
	ip := net.ParseIP(u.Hostname())
	local := u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	if u.Scheme == "https" || u.Scheme == "http" && local {
		return nil
	}
	return fmt.Errorf("%s: the URL of a document must be https", u.Redacted())
}
