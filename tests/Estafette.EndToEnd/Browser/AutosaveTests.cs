using System.Collections.Concurrent;
using Estafette.Testing;
using Estafette.Testing.Web;
using Microsoft.Playwright;

namespace Estafette.EndToEnd.Browser;

/// <summary>Lines of the checklist that save by themselves, on a server that takes its time.</summary>
[Trait("Category", "Browser")]
public sealed class AutosaveTests
{
    [Fact]
    public async Task Button_pressed_during_a_slow_save_keeps_what_was_typed_last()
    {
        await using var host = await WebHost.StartAsync();
        await using var chromium = await Chromium.StartAsync();
        var page = await chromium.OpenAsync(host.Address, "en-GB");
        await page.SignInAsync(host.OneTimePassword);
        var line = await OpenSubjectAsync(page);
        var steps = new ConcurrentQueue<string>();
        var under = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await page.RouteAsync(
            $"**{line}",
            async route =>
            {
                var save = IsSaveByItself(route.Request);
                if (route.Request.Method == "POST")
                    steps.Enqueue(save ? "itself" : "button");
                if (!save)
                {
                    await route.ContinueAsync();
                    return;
                }
                under.TrySetResult();
                await Task.Delay(1000);
                var response = await route.FetchAsync();
                // Before the browser has it: what it does then may be seen first.
                steps.Enqueue("saved");
                await route.FulfillAsync(new() { Response = response });
            }
        );

        await page.FillAsync("#f-subject", "Half a");
        await under.Task;
        await page.FillAsync("#f-subject", "Half a sentence, and the rest");
        await page.ClickAsync("#line-form button.btn-primary");
        await page.WaitForURLAsync("**/edit?saved=subject");

        var before = steps.TakeWhile(s => s != "button").ToList();
        before.Count(s => s == "saved").ShouldBe(before.Count(s => s == "itself"));
        before.ShouldContain("saved");
        await page.GotoAsync(line);
        (await page.InputValueAsync("#f-subject")).ShouldBe("Half a sentence, and the rest");
    }

    [Fact]
    public async Task Page_left_during_a_save_loses_nothing()
    {
        await using var host = await WebHost.StartAsync();
        await using var chromium = await Chromium.StartAsync();
        var page = await chromium.OpenAsync(host.Address, "en-GB");
        await page.SignInAsync(host.OneTimePassword);
        var line = await OpenSubjectAsync(page);
        var first = true;
        var under = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        // The first save never reaches the server, as when the browser cuts it off.
        await page.RouteAsync(
            $"**{line}",
            async route =>
            {
                if (IsSaveByItself(route.Request) && first)
                {
                    first = false;
                    under.TrySetResult();
                    return;
                }
                await route.ContinueAsync();
            }
        );

        await page.FillAsync("#f-subject", "Typed and gone");
        await under.Task;
        await page.GotoAsync("/campaigns");

        await Eventually.TrueAsync(async () =>
        {
            await page.GotoAsync(line);
            return await page.InputValueAsync("#f-subject") == "Typed and gone";
        });
    }

    private static bool IsSaveByItself(IRequest request) => request.Headers.GetValueOrDefault("hx-target") == "save-state";

    /// <summary>The path of the subject's line of a new campaign, which is open then.</summary>
    private static async Task<string> OpenSubjectAsync(IPage page)
    {
        await page.GotoAsync("/campaigns/new");
        await page.FillAsync("#f-name", "Saved in a hurry");
        await page.SubmitAsync("campaign");
        await page.WaitForURLAsync("**/edit");
        var line = $"{new Uri(page.Url).AbsolutePath}/subject";
        await page.GotoAsync(line);
        return line;
    }
}
