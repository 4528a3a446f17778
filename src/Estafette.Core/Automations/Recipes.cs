namespace Estafette.Core.Automations;

/// <summary>Ready-made beginnings.</summary>
public enum Recipe
{
    Empty,

    /// <summary>Three messages to whoever subscribes.</summary>
    Welcome,

    /// <summary>A message on the birthday, every year.</summary>
    Birthday,

    /// <summary>Wakes people who have not opened for long, and parts from those who stay asleep.</summary>
    Reengagement,
}

/// <summary>Builds what a recipe starts with; lists and segments are chosen by the user.</summary>
internal static class Recipes
{
    /// <summary>Stores a message and gives its campaign.</summary>
    public delegate Task<long> AddMessage(string name, string subject, string html);

    public static async Task<AutomationDefinition> BuildAsync(Recipe recipe, string language, AddMessage add)
    {
        var french = language == "fr";
        var definition = recipe switch
        {
            Recipe.Welcome => await WelcomeAsync(french, add),
            Recipe.Birthday => await BirthdayAsync(french, add),
            Recipe.Reengagement => await ReengagementAsync(french, add),
            _ => new AutomationDefinition { Trigger = new TriggerDefinition { Kind = TriggerKind.List } },
        };
        return definition with { NextStep = definition.All().Select(s => s.Step.Id).DefaultIfEmpty(0).Max() + 1 };
    }

    private static async Task<AutomationDefinition> WelcomeAsync(bool french, AddMessage add)
    {
        var first = french
            ? await add(
                "1",
                "Bienvenue, {{default first_name \"et merci\"}}",
                Page("Bienvenue", "Merci de votre inscription. Voici ce que vous recevrez, et à quel rythme.")
            )
            : await add(
                "1",
                "Welcome, {{default first_name \"and thank you\"}}",
                Page("Welcome", "Thank you for subscribing. Here is what you will receive, and how often.")
            );
        var second = french
            ? await add("3", "Par où commencer", Page("Par où commencer", "Nos trois contenus les plus lus, pour faire connaissance."))
            : await add("3", "Where to start", Page("Where to start", "The three things our readers like best, to get to know us."));
        var third = french
            ? await add(
                "6",
                "Une question avant d'aller plus loin",
                Page("Parlez-nous de vous", "Répondez à ce message : qu'attendez-vous de nous ?")
            )
            : await add(
                "6",
                "One question before we go on",
                Page("Tell us about yourself", "Answer this message: what do you expect from us?")
            );
        return new AutomationDefinition
        {
            Trigger = new TriggerDefinition { Kind = TriggerKind.List },
            Steps =
            [
                Send(1, first),
                Wait(2, 2),
                Send(3, second),
                Wait(4, 3),
                new StepDefinition
                {
                    Id = 5,
                    Kind = StepKind.Condition,
                    Condition = new ConditionDefinition { Kind = ConditionKind.Opened, Step = 3 },
                    Yes = [Send(6, third)],
                },
            ],
        };
    }

    private static async Task<AutomationDefinition> BirthdayAsync(bool french, AddMessage add)
    {
        var message = french
            ? await add(
                "1",
                "Joyeux anniversaire, {{default first_name \"à vous\"}}",
                Page(
                    "Joyeux anniversaire",
                    "Toute l'équipe vous souhaite une belle journée. Voici un petit cadeau : -10 % avec le code ANNIV."
                )
            )
            : await add(
                "1",
                "Happy birthday, {{default first_name \"to you\"}}",
                Page("Happy birthday", "The whole team wishes you a lovely day. Here is a small gift: 10% off with the code BIRTHDAY.")
            );
        return new AutomationDefinition
        {
            Trigger = new TriggerDefinition
            {
                Kind = TriggerKind.Date,
                Attribute = french ? "date_naissance" : "birthday",
                Repeat = DateRepeat.EveryYear,
                Minute = 9 * 60,
            },
            Steps = [Send(1, message)],
        };
    }

    private static async Task<AutomationDefinition> ReengagementAsync(bool french, AddMessage add)
    {
        var first = french
            ? await add("1", "Vous nous manquez", Page("Vous nous manquez", "Voici ce qui a changé depuis votre dernière lecture."))
            : await add("1", "We miss you", Page("We miss you", "Here is what changed since you last read us."));
        var last = french
            ? await add(
                "4",
                "Faut-il encore vous écrire ?",
                Page("Faut-il encore vous écrire ?", "Un clic suffit pour rester : sinon, nous cesserons de vous écrire.")
            )
            : await add(
                "4",
                "Shall we keep writing to you?",
                Page("Shall we keep writing?", "One click is enough to stay; otherwise we will stop writing to you.")
            );
        return new AutomationDefinition
        {
            Trigger = new TriggerDefinition { Kind = TriggerKind.Manual },
            ReentryDays = 180,
            Steps =
            [
                Send(1, first),
                Wait(2, 7),
                new StepDefinition
                {
                    Id = 3,
                    Kind = StepKind.Condition,
                    Condition = new ConditionDefinition { Kind = ConditionKind.Opened, Step = 1 },
                    No =
                    [
                        Send(4, last),
                        Wait(5, 7),
                        new StepDefinition
                        {
                            Id = 6,
                            Kind = StepKind.Condition,
                            Condition = new ConditionDefinition { Kind = ConditionKind.Clicked, Step = 4 },
                            No =
                            [
                                new StepDefinition
                                {
                                    Id = 7,
                                    Kind = StepKind.SetAttribute,
                                    Attribute = french ? "inactif" : "inactive",
                                    Value = french ? "oui" : "yes",
                                },
                            ],
                        },
                    ],
                },
            ],
        };
    }

    private static StepDefinition Send(int id, long campaign) =>
        new()
        {
            Id = id,
            Kind = StepKind.Send,
            Campaign = campaign,
        };

    private static StepDefinition Wait(int id, int days) =>
        new()
        {
            Id = id,
            Kind = StepKind.Wait,
            Amount = days,
            Unit = WaitUnit.Days,
            Minute = 9 * 60,
        };

    private static string Page(string title, string text) =>
        $$$"""
            <table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="background:#f2f4f7"><tr><td align="center" style="padding:24px">
            <table role="presentation" width="600" cellpadding="0" cellspacing="0" style="max-width:600px;background:#ffffff;border-radius:8px;font-family:Arial,Helvetica,sans-serif;color:#1f2937">
            <tr><td style="padding:32px 32px 8px"><h1 style="margin:0;font-size:26px">{{{title}}}</h1></td></tr>
            <tr><td style="padding:8px 32px 32px;font-size:16px;line-height:1.6"><p>{{{text}}}</p></td></tr>
            </table></td></tr></table>
            """;
}
