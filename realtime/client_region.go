package realtime

import (
	"errors"
	"fmt"
	"os"
	"slices"
)

// Region is where the vendor keeps and handles data. It chooses a host and nothing else:
// whether a project may use it, and with which models, is set at the vendor.
type Region string

// The vendor's regions: each has its host, such as eu.api.openai.com. Another one is
// reached with Config.BaseURL.
const (
	RegionGlobal    Region = "global"
	RegionUS        Region = "us"
	RegionEU        Region = "eu"
	RegionUAE       Region = "ae"
	RegionAustralia Region = "au"
	RegionIndia     Region = "in"
	RegionJapan     Region = "jp"
)

var regions = []Region{RegionGlobal, RegionUS, RegionEU, RegionUAE, RegionAustralia, RegionIndia, RegionJapan}

// baseAddress returns the address below which the client dials, and the setting that
// it came from.
func baseAddress(c *Config) (raw, from string, err error) {
	given := firstOf(c.BaseURL)
	switch {
	case c.Region == "" && given != "":
		return given, "Config.BaseURL", nil
	case c.Region == "":
		return firstOf(os.Getenv("OPENAI_BASE_URL"), DefaultBaseURL), "OPENAI_BASE_URL", nil
	case given != "":
		return "", "", errors.New("realtime: Config.Region and Config.BaseURL exclude each other")
	case !slices.Contains(regions, c.Region):
		return "", "", fmt.Errorf("realtime: Config.Region %q is none of %q; set Config.BaseURL", c.Region, regions)
	case c.Region == RegionGlobal:
		return DefaultBaseURL, "Config.Region", nil
	default:
		return "https://" + string(c.Region) + ".api.openai.com/v1", "Config.Region", nil
	}
}
