package house

import "strings"

// A room is what a scene is a room of.
type room string

const (
	kitchen    room = "kitchen"
	bedroom    room = "bedroom"
	livingroom room = "livingroom"
	bathroom   room = "bathroom"
)

// placeKind is a kind of furniture or appliance: what things are put in or on.
type placeKind struct {
	name  string
	opens bool
	// rooms give how many of it a room has, at least and at most.
	rooms map[room][2]int
}

// placeKinds lists the furniture of all rooms.
func placeKinds() []placeKind {
	return []placeKind{
		{"armchair", false, rooms{livingroom: {1, 2}, bedroom: {0, 1}}},
		{"bathtubbasin", false, rooms{bathroom: {0, 1}}},
		{"bed", false, rooms{bedroom: {1, 2}}},
		{"cabinet", true, rooms{kitchen: {4, 8}, livingroom: {0, 2}, bathroom: {2, 4}}},
		{"coffeemachine", false, rooms{kitchen: {1, 1}}},
		{"coffeetable", false, rooms{livingroom: {1, 2}}},
		{"countertop", false, rooms{kitchen: {1, 3}, bathroom: {1, 2}}},
		{"desk", false, rooms{bedroom: {1, 2}, livingroom: {0, 1}}},
		{"diningtable", false, rooms{kitchen: {0, 2}, livingroom: {0, 1}}},
		{"drawer", true, rooms{kitchen: {2, 4}, bedroom: {2, 5}, livingroom: {1, 4}, bathroom: {0, 2}}},
		{"dresser", false, rooms{bedroom: {0, 1}, livingroom: {0, 1}}},
		{"fridge", true, rooms{kitchen: {1, 1}}},
		{"garbagecan", false, rooms{kitchen: {1, 1}, bedroom: {1, 1}, livingroom: {1, 1}, bathroom: {1, 1}}},
		{"handtowelholder", false, rooms{bathroom: {1, 2}}},
		{"laundryhamper", false, rooms{bedroom: {0, 1}}},
		{"microwave", true, rooms{kitchen: {1, 1}}},
		{"ottoman", false, rooms{livingroom: {0, 1}}},
		{"safe", true, rooms{bedroom: {0, 1}, livingroom: {0, 1}}},
		{"shelf", false, rooms{kitchen: {0, 3}, bedroom: {1, 4}, livingroom: {0, 3}, bathroom: {0, 1}}},
		{"sidetable", false, rooms{kitchen: {0, 1}, bedroom: {1, 2}, livingroom: {1, 2}}},
		{"sinkbasin", false, rooms{kitchen: {1, 1}, bathroom: {1, 2}}},
		{"sofa", false, rooms{livingroom: {1, 1}}},
		{"stoveburner", false, rooms{kitchen: {2, 4}}},
		{"toaster", false, rooms{kitchen: {1, 1}}},
		{"toilet", false, rooms{bathroom: {1, 1}}},
		{"toiletpaperhanger", false, rooms{bathroom: {1, 1}}},
		{"towelholder", false, rooms{bathroom: {1, 1}}},
		{"tvstand", false, rooms{livingroom: {1, 1}}},
	}
}

type rooms = map[room][2]int

// thingKind is a kind of object.
type thingKind struct {
	name string
	// rooms give how many of it a room has, at least and at most.
	rooms map[room][2]int
	// homes are the kinds of place where it is found, the likeliest first.
	homes []string
	// targets are further kinds of place where a task may want it.
	targets []string

	clean, heat, cool bool // what can be done to it
	lamp              bool // a lamp: it is used where it stands and never taken
}

// lampKind is the lamp of the examine-in-light tasks.
const lampKind = "desklamp"

// thingKinds lists the objects of all rooms.
func thingKinds() []thingKind {
	food := func(name, homes string, heat bool) thingKind {
		return thingKind{name: name, rooms: rooms{kitchen: {0, 3}}, homes: strings.Fields(homes),
			targets: strings.Fields("garbagecan sidetable countertop diningtable fridge microwave sinkbasin"), clean: true, heat: heat, cool: true}
	}
	dish := func(name, homes string, heat bool) thingKind {
		return thingKind{name: name, rooms: rooms{kitchen: {1, 3}}, homes: strings.Fields(homes),
			targets: strings.Fields("cabinet shelf sidetable countertop diningtable"), clean: true, heat: heat, cool: true}
	}
	tool := func(name string) thingKind {
		return thingKind{name: name, rooms: rooms{kitchen: {0, 3}}, homes: strings.Fields("drawer countertop diningtable sinkbasin"),
			targets: strings.Fields("sidetable cabinet"), clean: true}
	}
	plain := func(name string, in rooms, homes, targets string) thingKind {
		return thingKind{name: name, rooms: in, homes: strings.Fields(homes), targets: strings.Fields(targets)}
	}
	wash := func(name string, in rooms, homes, targets string) thingKind {
		k := plain(name, in, homes, targets)
		k.clean = true
		return k
	}
	lamp := plain(lampKind, rooms{bedroom: {1, 1}, livingroom: {1, 1}}, "desk sidetable dresser shelf tvstand", "")
	lamp.lamp = true
	return []thingKind{
		food("apple", "countertop fridge diningtable sinkbasin garbagecan", true),
		food("egg", "fridge countertop microwave sinkbasin garbagecan", true),
		food("lettuce", "fridge countertop diningtable sinkbasin", false),
		food("potato", "countertop fridge sinkbasin microwave diningtable garbagecan", true),
		food("tomato", "countertop fridge diningtable sinkbasin microwave", true),
		{name: "bread", rooms: rooms{kitchen: {0, 2}}, homes: strings.Fields("countertop diningtable fridge garbagecan"),
			targets: strings.Fields("sidetable cabinet microwave"), heat: true, cool: true},
		dish("bowl", "cabinet countertop shelf diningtable fridge", false),
		dish("cup", "cabinet countertop sinkbasin diningtable microwave shelf", true),
		dish("mug", "cabinet coffeemachine countertop diningtable sinkbasin microwave", true),
		dish("plate", "cabinet countertop diningtable shelf sinkbasin", true),
		{name: "pan", rooms: rooms{kitchen: {1, 2}}, homes: strings.Fields("stoveburner cabinet countertop"),
			targets: strings.Fields("diningtable sinkbasin fridge sidetable"), clean: true, cool: true},
		{name: "pot", rooms: rooms{kitchen: {1, 2}}, homes: strings.Fields("stoveburner cabinet sinkbasin"),
			targets: strings.Fields("countertop diningtable fridge shelf"), clean: true, cool: true},
		tool("butterknife"), tool("fork"), tool("knife"), tool("ladle"), tool("spatula"), tool("spoon"),
		wash("dishsponge", rooms{kitchen: {0, 2}}, "sinkbasin countertop cabinet drawer", "shelf garbagecan"),
		plain("peppershaker", rooms{kitchen: {1, 2}}, "countertop cabinet drawer shelf", "diningtable sidetable"),
		plain("saltshaker", rooms{kitchen: {1, 2}}, "countertop cabinet drawer diningtable", "shelf sidetable"),
		plain("winebottle", rooms{kitchen: {0, 2}}, "countertop fridge cabinet shelf", "diningtable garbagecan"),
		plain("papertowelroll", rooms{kitchen: {0, 1}}, "countertop garbagecan", "cabinet shelf diningtable"),

		plain("alarmclock", rooms{bedroom: {1, 2}}, "desk sidetable shelf dresser", "drawer bed"),
		plain("basketball", rooms{bedroom: {0, 1}}, "bed desk laundryhamper", "armchair sidetable dresser"),
		plain("book", rooms{bedroom: {1, 3}, livingroom: {0, 3}}, "desk bed shelf sidetable coffeetable drawer", "sofa dresser armchair tvstand"),
		plain("box", rooms{livingroom: {0, 2}}, "coffeetable sofa sidetable dresser", "armchair diningtable ottoman"),
		plain("candle", rooms{bathroom: {0, 2}}, "countertop toilet cabinet shelf", "bathtubbasin drawer"),
		plain("cd", rooms{bedroom: {1, 3}}, "desk drawer shelf garbagecan", "safe sidetable dresser"),
		plain("cellphone", rooms{bedroom: {1, 3}, livingroom: {0, 1}}, "desk bed drawer sidetable dresser", "safe armchair sofa shelf"),
		plain("creditcard", rooms{bedroom: {0, 2}, livingroom: {0, 3}}, "drawer desk coffeetable sidetable shelf", "safe armchair dresser sofa"),
		plain("houseplant", rooms{livingroom: {0, 1}}, "sidetable tvstand coffeetable", "diningtable dresser"),
		plain("keychain", rooms{bedroom: {1, 2}, livingroom: {1, 3}}, "drawer sidetable coffeetable safe desk", "sofa armchair dresser shelf"),
		plain("laptop", rooms{bedroom: {1, 2}, livingroom: {1, 2}}, "desk bed sofa coffeetable armchair", "sidetable diningtable dresser"),
		plain("newspaper", rooms{livingroom: {1, 3}}, "coffeetable sofa sidetable armchair", "drawer ottoman diningtable tvstand garbagecan"),
		plain("pen", rooms{bedroom: {1, 3}, livingroom: {0, 1}}, "desk drawer sidetable garbagecan shelf", "dresser bed"),
		plain("pencil", rooms{bedroom: {1, 3}}, "desk shelf drawer sidetable", "garbagecan dresser"),
		plain("pillow", rooms{bedroom: {1, 2}, livingroom: {1, 3}}, "bed sofa armchair", "ottoman laundryhamper"),
		plain("remotecontrol", rooms{livingroom: {1, 3}}, "tvstand sofa coffeetable armchair drawer", "sidetable ottoman dresser cabinet"),
		plain("statue", rooms{livingroom: {0, 2}}, "shelf sidetable coffeetable dresser tvstand", "diningtable safe cabinet"),
		plain("teddybear", rooms{bedroom: {0, 1}}, "bed armchair", "desk shelf laundryhamper"),
		plain("vase", rooms{livingroom: {0, 2}, bedroom: {0, 1}}, "shelf coffeetable sidetable dresser", "safe diningtable desk cabinet"),
		plain("watch", rooms{livingroom: {0, 2}, bedroom: {0, 1}}, "shelf tvstand drawer dresser sidetable", "safe coffeetable desk cabinet"),

		wash("cloth", rooms{bathroom: {1, 3}}, "cabinet countertop bathtubbasin drawer", "toilet sinkbasin garbagecan shelf"),
		wash("soapbar", rooms{bathroom: {1, 3}}, "sinkbasin countertop bathtubbasin toilet garbagecan", "cabinet drawer shelf"),
		plain("handtowel", rooms{bathroom: {1, 2}}, "handtowelholder countertop", "cabinet toilet garbagecan bathtubbasin"),
		plain("soapbottle", rooms{bathroom: {1, 3}, kitchen: {0, 2}}, "cabinet countertop sinkbasin toilet garbagecan", "drawer shelf"),
		plain("spraybottle", rooms{bathroom: {1, 3}}, "cabinet countertop garbagecan toilet", "drawer shelf"),
		plain("tissuebox", rooms{bathroom: {0, 1}, livingroom: {0, 2}}, "countertop sidetable coffeetable cabinet", "toilet drawer tvstand"),
		plain("toiletpaper", rooms{bathroom: {1, 3}}, "toiletpaperhanger cabinet toilet drawer", "countertop garbagecan"),
		plain("towel", rooms{bathroom: {1, 1}}, "towelholder", "bathtubbasin countertop cabinet"),
		lamp,
	}
}

// treatment is what an appliance does to a thing, and the family of tasks about it.
type treatment struct {
	verb   string
	place  string // kind of place
	family family
}

func treatments() [3]treatment {
	return [3]treatment{{"clean", "sinkbasin", cleanAndPlace}, {"heat", "microwave", heatAndPlace}, {"cool", "fridge", coolAndPlace}}
}

// takes tells whether a treatment can be done to things of the kind.
func (k *thingKind) takes(t treatment) bool {
	switch t.family {
	case cleanAndPlace:
		return k.clean
	case heatAndPlace:
		return k.heat
	}
	return k.cool
}
