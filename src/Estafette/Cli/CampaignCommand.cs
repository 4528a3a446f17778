using System.CommandLine;

namespace Estafette.Cli;

/// <summary><c>estafette campaign</c>: from the draft to the figures.</summary>
internal static class CampaignCommand
{
    public static Command Create(CommandTree tree)
    {
        var command = new Command("campaign", "Campaigns, from the draft to the figures");
        Command[] commands =
        [
            CampaignWrite.CreateCreate(tree),
            CampaignWrite.CreateEdit(tree),
            CampaignWrite.CreateClone(tree),
            CampaignRead.CreateList(tree),
            CampaignRead.CreateShow(tree),
            CampaignReportCommand.Create(tree),
            .. CampaignControl.Create(tree),
        ];
        foreach (var sub in commands)
            command.Subcommands.Add(sub);
        return command;
    }

    public static Argument<string> Which() => new("CAMPAIGN") { Description = "Campaign by id or exact name" };
}
