// An engine's start and one look at its billing, by DBLab's own packages: `report URL ID on|off`,
// with the organisation's key in ORG_KEY. It prints what the engine knows afterwards.
package main

import (
	"context"
	"encoding/json"
	"os"
	"time"

	"gitlab.com/postgres-ai/database-lab/v3/internal/billing"
	"gitlab.com/postgres-ai/database-lab/v3/internal/platform"
	"gitlab.com/postgres-ai/database-lab/v3/internal/telemetry"
	client "gitlab.com/postgres-ai/database-lab/v3/pkg/client/platform"
	"gitlab.com/postgres-ai/database-lab/v3/pkg/config/global"
	"gitlab.com/postgres-ai/database-lab/v3/pkg/models"
)

type known struct {
	Registered   string `json:"registered"`
	Billing      string `json:"billing"`
	Organization string `json:"organization"`
}

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	url, id, isOn := os.Args[1], os.Args[2], os.Args[3] == "on"
	service, err := platform.New(ctx, platform.Config{
		URL:             url,
		OrgKey:          os.Getenv("ORG_KEY"),
		ProjectName:     "Project of Jane Doe",
		EnableTelemetry: isOn,
	}, id)
	if err != nil {
		panic(err)
	}
	system := models.System{CPU: 8, TotalMemory: 16_777_216_000, DataUsed: 123_456_789}
	telemetry.New(service, id).SendEvent(ctx, telemetry.EngineStartedEvent, telemetry.EngineStarted{
		EngineVersion: "v4.2.0-20260721-1407",
		DBEngine:      "postgres",
		DBVersion:     "16",
		Restore:       telemetry.Restore{Mode: models.Logical, Jobs: []string{"logicalDump"}},
		System:        system,
	})
	props := &global.EngineProps{InstanceID: id, Infrastructure: "dle"}
	now := known{}
	if err := billing.New(service.Client, props, nil).RegisterInstance(ctx, system); err != nil {
		now.Registered = err.Error()
	} else {
		usage := client.InstanceUsage{InstanceID: id, EventData: client.DataUsage{
			CPU: system.CPU, TotalMemory: system.TotalMemory, DataSize: system.DataUsed,
		}}
		heard, err := service.Client.SendUsage(ctx, props, usage)
		if err != nil {
			panic(err)
		}
		now.Organization = heard.Org.Name
	}
	if err := props.CheckBilling(); err != nil {
		now.Billing = err.Error()
	}
	if err := json.NewEncoder(os.Stdout).Encode(now); err != nil {
		panic(err)
	}
}
