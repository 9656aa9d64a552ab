package identity

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

// Assertion returns the token that proves to a token service which workload asks. It is
// called for each exchange.
type Assertion func(ctx context.Context) (string, error)

// File returns an assertion that reads a file each time, such as the one that Kubernetes
// mounts and renews. Its errors hold the path and nothing of the content.
func File(path string) Assertion {
	return func(context.Context) (string, error) {
		data, err := os.ReadFile(path) //nolint:gosec // The program names the file.
		if err != nil {
			return "", fmt.Errorf("realtime: the federated token: %w", err)
		}
		if token := strings.TrimSpace(string(data)); token != "" {
			return token, nil
		}
		return "", fmt.Errorf("realtime: the federated token: %w", &fs.PathError{Op: "read", Path: path, Err: errors.New("the file is empty")})
	}
}

// The services' usual addresses and names.
const (
	// EntraAuthority is Microsoft's public cloud.
	EntraAuthority = "https://login.microsoftonline.com"
	// CognitiveScope is what a token for Azure OpenAI is asked for.
	CognitiveScope = "https://cognitiveservices.azure.com/.default"
	// OpenAITokenURL is where OpenAI exchanges tokens.
	OpenAITokenURL = "https://auth.openai.com/oauth/token" //nolint:gosec // It is an address.
)

// Entra is a workload that Microsoft Entra ID knows by federation, as Kubernetes on
// Azure sets it up. Empty fields are taken from the environment that it makes.
type Entra struct {
	// Tenant and Client are the ids of the directory and the application;
	// AZURE_TENANT_ID and AZURE_CLIENT_ID when empty.
	Tenant, Client string
	// Assertion proves the workload; when nil it is the [File] of
	// AZURE_FEDERATED_TOKEN_FILE.
	Assertion Assertion
	// Authority is the cloud's login address; AZURE_AUTHORITY_HOST when empty, then
	// [EntraAuthority].
	Authority string
	// Scope is what the token is for; [CognitiveScope] when empty.
	Scope string
	// HTTPClient sends the request; nil is the default. Redirects are not followed.
	HTTPClient *http.Client
}

// EntraWorkload returns a source that exchanges the workload's federated token for an
// access token. The config may be nil. What is missing is an error here, and a refusal of
// the service an [*ExchangeError] of the source.
func EntraWorkload(config *Entra) (Source, error) {
	var e Entra
	if config != nil {
		e = *config
	}
	e.Tenant, e.Client = or(e.Tenant, os.Getenv("AZURE_TENANT_ID")), or(e.Client, os.Getenv("AZURE_CLIENT_ID"))
	e.Authority = strings.TrimRight(or(e.Authority, os.Getenv("AZURE_AUTHORITY_HOST"), EntraAuthority), "/")
	e.Scope = or(e.Scope, CognitiveScope)
	if path := os.Getenv("AZURE_FEDERATED_TOKEN_FILE"); e.Assertion == nil && path != "" {
		e.Assertion = File(path)
	}
	switch {
	case e.Tenant == "":
		return nil, errors.New("realtime: Entra.Tenant is empty; set it, or AZURE_TENANT_ID")
	case e.Client == "":
		return nil, errors.New("realtime: Entra.Client is empty; set it, or AZURE_CLIENT_ID")
	case e.Assertion == nil:
		return nil, errors.New("realtime: Entra.Assertion is nil; set it, or AZURE_FEDERATED_TOKEN_FILE")
	}
	if err := checkService(e.Authority, "Entra.Authority"); err != nil {
		return nil, err
	}
	return e.fetch, nil
}

func (e *Entra) fetch(ctx context.Context) (string, time.Time, error) {
	assertion, err := e.Assertion(ctx)
	if err != nil {
		return "", time.Time{}, err
	}
	form := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {e.Client}, "scope": {e.Scope},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
		"client_assertion":      {assertion},
	}
	x := exchange{
		client: e.HTTPClient, url: e.Authority + "/" + url.PathEscape(e.Tenant) + "/oauth2/v2.0/token",
		contentType: "application/x-www-form-urlencoded", body: []byte(form.Encode()), assertion: assertion,
	}
	return x.do(ctx)
}

// OpenAI is a workload that OpenAI knows by an identity provider of the organization.
type OpenAI struct {
	// Provider and ServiceAccount are the ids of the identity provider and of the
	// service account to act as.
	Provider, ServiceAccount string
	// Client is the id of the OAuth client, if there is one.
	Client string
	// Assertion proves the workload, such as a [File].
	Assertion Assertion
	// IDToken is set when the assertion is an OpenID Connect id token, and not another
	// JWT.
	IDToken bool
	// URL is the address of the exchange; [OpenAITokenURL] when empty.
	URL string
	// HTTPClient sends the request; nil is the default. Redirects are not followed.
	HTTPClient *http.Client
}

// OpenAIWorkload returns a source that exchanges the workload's token for an access
// token of OpenAI. What is missing is an error here, and a refusal of the service an
// [*ExchangeError] of the source.
func OpenAIWorkload(config OpenAI) (Source, error) {
	config.URL = or(config.URL, OpenAITokenURL)
	switch {
	case config.Provider == "":
		return nil, errors.New("realtime: OpenAI.Provider is empty")
	case config.ServiceAccount == "":
		return nil, errors.New("realtime: OpenAI.ServiceAccount is empty")
	case config.Assertion == nil:
		return nil, errors.New("realtime: OpenAI.Assertion is nil")
	}
	if err := checkService(config.URL, "OpenAI.URL"); err != nil {
		return nil, err
	}
	return config.fetch, nil
}

func (o *OpenAI) fetch(ctx context.Context) (string, time.Time, error) {
	assertion, err := o.Assertion(ctx)
	if err != nil {
		return "", time.Time{}, err
	}
	kind := "urn:ietf:params:oauth:token-type:jwt"
	if o.IDToken {
		kind = "urn:ietf:params:oauth:token-type:id_token"
	}
	body, err := json.Marshal(struct {
		GrantType          string `json:"grant_type"`
		ClientID           string `json:"client_id,omitempty"`
		SubjectToken       string `json:"subject_token"`
		SubjectTokenType   string `json:"subject_token_type"`
		IdentityProviderID string `json:"identity_provider_id"`
		ServiceAccountID   string `json:"service_account_id"`
	}{"urn:ietf:params:oauth:grant-type:token-exchange", o.Client, assertion, kind, o.Provider, o.ServiceAccount})
	if err != nil {
		return "", time.Time{}, errors.New("realtime: the token exchange cannot be encoded")
	}
	x := exchange{client: o.HTTPClient, url: o.URL, contentType: "application/json", body: body, assertion: assertion}
	return x.do(ctx)
}

// or returns the first text that is not empty.
func or(values ...string) string {
	for _, v := range values {
		if v = strings.TrimSpace(v); v != "" {
			return v
		}
	}
	return ""
}
