package identity_test

import (
	"context"
	"fmt"
	"time"

	"github.com/voicelane/realtime-go/identity"
	"github.com/voicelane/realtime-go/realtime"
)

// credential stands for one of package azidentity, which works like it.
type credential struct{}

type accessToken struct {
	Token     string
	ExpiresOn time.Time
}

func (credential) GetToken(_ context.Context, _ ...string) (accessToken, error) {
	return accessToken{Token: "eyJ…", ExpiresOn: time.Now().Add(time.Hour)}, nil
}

// Any func that returns a token serves as a source.
func ExampleCached() {
	var azure credential
	client, err := realtime.NewClient(&realtime.Config{
		Azure: &realtime.Azure{Endpoint: "https://name.openai.azure.com", Deployment: "voice"},
		Credentials: identity.Cached(func(ctx context.Context) (string, time.Time, error) {
			t, err := azure.GetToken(ctx, identity.CognitiveScope)
			return t.Token, t.ExpiresOn, err
		}),
	})
	fmt.Println(client, err)
	// Output: realtime.Client(wss://name.openai.azure.com/openai/v1) <nil>
}

// A pod on Azure Kubernetes Service has all of this in its environment, so that the
// config may be nil there.
func ExampleEntraWorkload() {
	source, err := identity.EntraWorkload(&identity.Entra{
		Tenant: "00000000-0000-0000-0000-000000000000", Client: "11111111-1111-1111-1111-111111111111",
		Assertion: identity.File("/var/run/secrets/azure/tokens/azure-identity-token"),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	client, err := realtime.NewClient(&realtime.Config{
		Azure:       &realtime.Azure{Endpoint: "https://name.openai.azure.com"},
		Credentials: identity.Cached(source),
	})
	fmt.Println(client, err)
	// Output: realtime.Client(wss://name.openai.azure.com/openai/v1) <nil>
}
