using System.Globalization;
using System.Text;
using Estafette.Core.Forms;
using Estafette.Web.Public;

namespace Estafette.Web.Forms;

/// <summary>What to copy into another site so that a form is reached from there.</summary>
internal sealed class FormSnippets(PublicForm form, string baseUrl, string language)
{
    public string Link => $"{baseUrl}/f/{form.Form.Token}?lang={language}";

    public string Frame =>
        $"""<iframe src="{PublicPage.Html(Link)}&amp;embed=1" title="{PublicPage.Html(form.Form.Design.In(language).Title)}" width="100%" height="640" loading="lazy" style="border:0"></iframe>""";

    /// <summary>The inputs alone, to be dressed by the other site; what it posts is checked once more on our page.</summary>
    public string Html()
    {
        var before = (CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture);
        try
        {
            PublicPage.Speak(language);
            var html = new StringBuilder();
            html.Append($"<form action=\"{PublicPage.Html(Link)}\" method=\"post\" accept-charset=\"utf-8\">\n");
            new FormPage(form, language, embedded: false).AddInputs(html, new PostedForm());
            html.Append($"<button type=\"submit\">{PublicPage.Html(form.Form.Design.In(language).Button)}</button>\n</form>\n");
            return html.ToString();
        }
        finally
        {
            (CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture) = before;
        }
    }
}
